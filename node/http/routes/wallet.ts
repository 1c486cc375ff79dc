import type { Address } from '../../../protocols/common/values.ts'
import type { walletOperations } from '../operations/wallet.ts'
import type { Routes } from './context.ts'
import { given } from './given.ts'

const HISTORY_LIMIT = 50

export const walletRoutes: Routes<typeof walletOperations> = ({ api }) => ({
  getWallet: ({ signal }) => api.wallet({ signal }),
  getHistory: ({ query, signal }) => api.history({ limit: HISTORY_LIMIT, ...given(query) }, { signal }),
  deposit: ({ body, signal }) => api.deposit(BigInt(body.amount), { signal }),
  withdraw: ({ body, signal }) => api.withdraw(BigInt(body.amount), body.to.toLowerCase() as Address, { signal })
})
