import type { nodeOperations } from '../operations/node.ts'
import type { Routes } from './context.ts'

export const nodeRoutes: Routes<typeof nodeOperations> = ({ api }) => ({
  getHealth: async () => ({ status: 'ok' as const }),
  getNode: ({ signal }) => api.info({ signal }),
  async stopNode() {
    await api.stop()
    return { stopping: true }
  }
})
