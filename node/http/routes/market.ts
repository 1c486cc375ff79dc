import type { marketOperations } from '../operations/market.ts'
import type { NodeEvent } from '../views.ts'
import type { Routes } from './context.ts'
import { given } from './given.ts'

export const marketRoutes: Routes<typeof marketOperations> = ({ api }) => ({
  listOffers: ({ signal }) => api.offers({ signal }),
  rankSpec: ({ body, signal }) => api.rank(body.spec, { signal }),
  verifyMatch: ({ body, signal }) => api.verifyMatch(body, { signal }),
  listDeals: ({ signal }) => api.deals({ signal }),
  listPeers: ({ signal }) => api.peers({ signal }),
  async streamEvents({ query, lastSeen }) {
    const after = lastSeen ?? query.after
    return async function* read(signal) {
      for await (const event of api.events({ signal, ...given({ after }) })) {
        if (query.job !== undefined && jobOf(event) !== query.job) continue
        yield { id: event.seq, event: event.type, data: event }
      }
    }
  }
})

/** The job that an event is about, if it is about one of this node's own. */
function jobOf(event: NodeEvent): string | undefined {
  if (event.type === 'job') return event.job.id
  return event.type === 'transfer' ? event.job : undefined
}
