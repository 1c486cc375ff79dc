import { DealNotFoundError } from '../errors.ts'
import type { courtOperations } from '../operations/court.ts'
import type { Routes } from './context.ts'

/** A creator's word on a result, what the court makes of it, and who sits there. */
export const courtRoutes: Routes<typeof courtOperations> = ({ api }) => ({
  acceptJob: ({ params, signal }) => api.accept(params.id, { signal }),
  disputeJob: ({ params, body, signal }) => api.dispute(params.id, body.reason, { signal }),
  async fetchJudged({ params, signal }) {
    await api.fetchJudged(params.id, { signal })
    return {}
  },
  async getDispute({ params, signal }) {
    const dispute = await api.disputeOf(params.id, { signal })
    if (dispute === undefined) throw new DealNotFoundError(params.id)
    return dispute
  },
  appealDeal: ({ params, signal }) => api.appeal(params.id, { signal }),
  listSeats: ({ signal }) => api.seats({ signal }),
  getMediator: ({ signal }) => api.mediator({ signal }),
  takeSeat: ({ signal }) => api.takeSeat({ signal }),
  leaveSeat: ({ params, signal }) => api.leaveSeat(params.seat, { signal })
})
