import type { z } from 'zod'
import { problem } from '../problems.ts'
import * as views from '../views.ts'

/** Schemas that the document knows by a name: they stand in it once, and everything else points at them. */
export const COMPONENTS: Record<string, [schema: z.ZodType, description: string]> = {
  Job: [views.jobView, 'A job of this node: what was asked, where it is, what came of it'],
  JobState: [views.jobState, 'Where a job is; the last four are ends'],
  Replica: [views.replicaView, 'One of the deals of a job that runs at several providers'],
  Submission: [views.submitRequest, 'A job to submit; `spec` is as in a file (docs/jobs.md)'],
  Why: [views.whyView, 'Why a job is where it is'],
  LogLine: [views.logLine, 'A piece of output: `text` where the bytes are UTF-8, else `base64`'],
  ResultFile: [views.resultFile, 'A file of a result'],
  BoardRequest: [views.boardRequestView, 'A job that is asked for on chain, and what came of it'],
  Dispute: [views.disputeView, 'A deal before the court'],
  Seat: [views.seatView, 'A seat in the court'],
  Mediator: [views.mediatorView, 'What a mediator has in the court and did there'],
  Offer: [views.offerView, 'What a provider offers'],
  Ranking: [views.rankView, 'Offers that fit a job, best first, and why the others do not'],
  Match: [views.matchView, 'What can be said about a match by whoever has its papers'],
  Deal: [views.dealView, 'A deal of this node, on either side'],
  Peer: [views.peerView, 'A peer that this node is connected to'],
  Node: [views.nodeInfo, 'What this node is, has and lacks'],
  Wallet: [views.walletView, 'Amounts by where they are'],
  History: [views.historyView, 'Movements of money, oldest first'],
  Receipt: [views.receiptView, 'A transaction that was mined'],
  Image: [views.sharedImageView, 'A container image that this node shares'],
  PushEvent: [views.pushEvent, 'How far a push has come, and what came of it'],
  Imported: [views.imported, 'A tree in the content store'],
  NodeEvent: [views.nodeEvent, 'Something that happened at this node'],
  Problem: [problem, 'RFC 9457; `name` is stable']
}
