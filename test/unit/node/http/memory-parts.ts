import type { BoardRequestView, ModuleVersionView } from '../../../../node/http/views.ts'
import { UserError } from '../../../../protocols/common/errors.ts'

export const ACCOUNT = `0x${'a1'.repeat(20)}`
const BOARD_REQUEST: BoardRequestView = {
  id: `0x${'ab'.repeat(32)}`,
  state: 'open',
  expired: false,
  mine: true,
  requester: `0x${'11'.repeat(20)}`,
  spec: 'bafyreispec',
  bid: '1000',
  fee: '100',
  lane: '0',
  callbackGas: 0,
  callbackFailed: false,
  createdAt: 1,
  deadlineAt: 3_600_001,
  turns: [{ seat: 4, owner: `0x${'22'.repeat(20)}`, from: 1 }]
}

/** A board with one request, open until somebody asks for its money. */
export function memoryBoard() {
  const request = { ...BOARD_REQUEST }
  const find = (id: string): BoardRequestView => {
    if (request.id.startsWith(id)) return request
    throw new UserError('RequestNotFoundError', `the board has no request ${id}`)
  }
  return {
    requestOnBoard: async ({ bid, fee }: { bid: string; fee: string }) => Object.assign(request, { bid, fee }),
    boardRequests: async ({ limit = 1 }: { limit?: number | undefined }) => [request].slice(0, limit),
    boardRequest: async (id: string) => find(id),
    async refundBoardRequest(id: string) {
      Object.assign(find(id), { state: 'refunded' })
      return { transaction: '0xrefund' }
    },
    boardCredit: async () => ({ account: ACCOUNT, credit: '7000' }),
    withdrawFromBoard: async () => ({ transaction: '0xboard' })
  }
}

/** A registry with one module of one version. */
export function memoryRegistry() {
  const only: ModuleVersionView = {
    ...{ name: 'cow', version: '1.0.0', cid: 'bafycow', account: ACCOUNT, publishedAt: 1, yanked: false },
    ...{ description: 'A cow.', licence: 'MIT' }
  }
  return {
    publishModule: async ({ name, version }: { name: string; version: string }) => ({ ...only, name, version }),
    yankModule: async ({ yanked }: { yanked: boolean }) => ({ ...only, yanked, transaction: '0xyank' }),
    modules: async ({ search = '' }: { search?: string | undefined }) =>
      only.name.includes(search) ? [{ name: only.name, owner: ACCOUNT, versions: 1, newest: only }] : [],
    moduleVersions: async () => [only]
  }
}
