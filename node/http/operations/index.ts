import type { Operation } from '../operation.ts'
import { boardOperations } from './board.ts'
import { courtOperations } from './court.ts'
import { jobOperations } from './jobs.ts'
import { marketOperations } from './market.ts'
import { moduleOperations } from './modules.ts'
import { networkOperations } from './network.ts'
import { nodeOperations } from './node.ts'
import { storageOperations } from './storage.ts'
import { walletOperations } from './wallet.ts'

/** The whole API: every route by its name, in the order of the documentation. */
export const OPERATIONS = {
  ...jobOperations,
  ...courtOperations,
  ...boardOperations,
  ...marketOperations,
  ...nodeOperations,
  ...networkOperations,
  ...walletOperations,
  ...moduleOperations,
  ...storageOperations
}
export type Operations = typeof OPERATIONS
export type OperationName = keyof Operations

export const operationList: readonly (readonly [name: string, row: Operation])[] = Object.entries(OPERATIONS)
