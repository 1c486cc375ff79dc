import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { dealView, matchView, nodeInfo, offerView, peerView, rankView, verifyRequest } from '../views.ts'
import { input, type RouteContext, requestSignal, view } from './context.ts'

const rankRequest = z.strictObject({ spec: z.record(z.string(), z.unknown()) })

/** What this node is and what it sees of the market. */
export function nodeRoutes(app: FastifyInstance, { api }: RouteContext): void {
  app.get('/node', async (_request, reply) => view(nodeInfo, await api.info({ signal: requestSignal(reply) })))
  app.get('/offers', async (_request, reply) =>
    view(z.array(offerView), await api.offers({ signal: requestSignal(reply) }))
  )
  app.get('/peers', async (_request, reply) =>
    view(z.array(peerView), await api.peers({ signal: requestSignal(reply) }))
  )
  app.get('/deals', async (_request, reply) =>
    view(z.array(dealView), await api.deals({ signal: requestSignal(reply) }))
  )
  app.post('/rank', async (request, reply) => {
    const { spec } = input(rankRequest, request.body, 'rank request')
    return view(rankView, await api.rank(spec, { signal: requestSignal(reply) }))
  })
  app.post('/verify-match', async (request, reply) => {
    const asked = input(verifyRequest, request.body, 'verify-match request')
    return view(matchView, await api.verifyMatch(asked, { signal: requestSignal(reply) }))
  })
  app.post('/stop', async (_request, reply) => {
    await api.stop()
    reply.code(202)
    return { stopping: true }
  })
}
