import { z } from 'zod'
import { idText, numberText, operation, typesOf } from '../operation.ts'
import { dealView, matchView, nodeEvent, offerView, peerView, rankRequest, rankView, verifyRequest } from '../views.ts'

export const marketOperations = {
  listOffers: operation({
    method: 'GET',
    path: '/offers',
    tag: 'market',
    summary: 'Offers of providers that are in the book',
    reply: { 200: z.array(offerView) },
    errors: []
  }),
  rankSpec: operation({
    method: 'POST',
    path: '/rank',
    tag: 'market',
    summary: "What this node's book ranks for a job",
    description: 'Any node with the same book says the same. The tag of an image is resolved first, as for a job.',
    body: rankRequest,
    reply: { 200: rankView },
    errors: ['ImageUnavailableError']
  }),
  verifyMatch: operation({
    method: 'POST',
    path: '/verify-match',
    tag: 'market',
    summary: "Whether anybody's match was right",
    description:
      '`subject` is a deal id, a job of this node or the CID of a certificate; `bundle` is base64 (docs/matching.md).',
    body: verifyRequest,
    reply: { 200: matchView },
    errors: ['JobNotFoundError', 'DealUnreadableError', 'ContentUnavailableError', 'SettlementUnreachableError']
  }),
  listDeals: operation({
    method: 'GET',
    path: '/deals',
    tag: 'market',
    summary: 'Deals of this node, newest first',
    reply: { 200: z.array(dealView) },
    errors: []
  }),
  listPeers: operation({
    method: 'GET',
    path: '/peers',
    tag: 'network',
    summary: 'Peers that this node is connected to',
    reply: { 200: z.array(peerView) },
    errors: []
  }),
  streamEvents: operation({
    method: 'GET',
    path: '/events',
    tag: 'node',
    summary: 'What happens, as it happens',
    description: 'After event `after`, else from now on; with `job` only changes and transfers of that job.',
    query: z.strictObject({ after: numberText().optional(), job: idText.optional() }),
    reply: {},
    stream: { events: typesOf(nodeEvent), schema: nodeEvent, endless: true },
    errors: []
  })
}
