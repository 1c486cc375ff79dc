import type { Operations } from '../operations/index.ts'
import { boardRoutes } from './board.ts'
import type { Routes } from './context.ts'
import { courtRoutes } from './court.ts'
import { jobRoutes } from './jobs.ts'
import { marketRoutes } from './market.ts'
import { moduleRoutes } from './modules.ts'
import { networkRoutes } from './network.ts'
import { nodeRoutes } from './node.ts'
import { storageRoutes } from './storage.ts'
import { walletRoutes } from './wallet.ts'

/** What every row of the table does: the compiler sees that none is missing. */
export const routes: Routes<Operations> = context => ({
  ...jobRoutes(context),
  ...courtRoutes(context),
  ...boardRoutes(context),
  ...marketRoutes(context),
  ...nodeRoutes(context),
  ...networkRoutes(context),
  ...walletRoutes(context),
  ...moduleRoutes(context),
  ...storageRoutes(context)
})
