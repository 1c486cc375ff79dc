import type { networkOperations } from '../operations/network.ts'
import type { Routes } from './context.ts'

export const networkRoutes: Routes<typeof networkOperations> = ({ api }) => ({
  getNetwork: ({ signal }) => api.network({ signal }),
  makeInvite: ({ signal }) => api.invite({ signal }),
  takeInvite: ({ body, signal }) => api.takeInvite(body, { signal }),
  changeMember: ({ body, signal }) => api.changeMember(body, { signal })
})
