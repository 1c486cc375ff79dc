import type { boardOperations } from '../operations/board.ts'
import type { Routes } from './context.ts'

/** Jobs that are asked for on chain. */
export const boardRoutes: Routes<typeof boardOperations> = ({ api }) => ({
  requestOnBoard: ({ body, signal }) => api.requestOnBoard(body, { signal }),
  listBoard: ({ query, signal }) => api.boardRequests({ limit: query.limit, mine: query.mine === 'true' }, { signal }),
  getBoardRequest: ({ params, signal }) => api.boardRequest(params.id, { signal }),
  refundBoardRequest: ({ params, signal }) => api.refundBoardRequest(params.id, { signal }),
  getBoardCredit: ({ signal }) => api.boardCredit({ signal }),
  withdrawFromBoard: ({ signal }) => api.withdrawFromBoard({ signal })
})
