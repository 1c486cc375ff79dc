import type { Operations } from '../../../node/http/operations/index.ts'
import type { Given } from '../../../node/http/transport.ts'

/** What a case can name: things that the test made before. */
export interface World {
  /** a job that is done, with its files and its deal */
  job: string
  deal: string
  /** an upload that has begun */
  upload: string
}

/** How an operation is called, and what comes of it on a network without a chain: a good answer, or the error that is right there. */
export interface Case<N extends keyof Operations> {
  given(world: World): Given<Operations[N]>
  /** name of the error that is right here */
  error?: string
}

const plain = { given: () => ({}) }
const SPEC = { engine: { noop: { exitCode: 0, ms: 0 } } }
const NOBODY = `0x${'1'.repeat(40)}`
const ofRequest = { given: () => ({ params: { id: '0x12345678' } }) }
const ofJob = { given: ({ job }: World) => ({ params: { id: job } }) }

/** Every operation of the document, in the order in which they are called. The compiler sees that none is missing. */
export const CASES: { [N in keyof Operations]: Case<N> } = {
  submitJob: { given: () => ({ body: { spec: SPEC, name: 'by contract', bid: '1000000000000000000' } }) },
  listJobs: { given: () => ({ query: { limit: 5, state: 'done' } }) },
  summarizeJobs: { given: () => ({ query: { limit: 5, name: 'by*' } }) },
  getJob: ofJob,
  explainJob: ofJob,
  streamLogs: { given: ({ job }) => ({ params: { id: job }, query: { from: 0, follow: false } }) },
  listResults: ofJob,
  getResultFile: { given: ({ job }) => ({ params: { id: job, path: 'exitCode' } }) },
  cancelJob: ofJob,
  acceptJob: { ...ofJob, error: 'NotReviewingError' },
  disputeJob: { given: ({ job }) => ({ params: { id: job }, body: { reason: 'no' } }), error: 'NotDisputableError' },
  fetchJudged: { ...ofJob, error: 'NoCourtError' },
  getDispute: { given: ({ deal }) => ({ params: { id: deal } }), error: 'DealNotFoundError' },
  appealDeal: { given: ({ deal }) => ({ params: { id: deal } }), error: 'NoCourtError' },
  listSeats: { ...plain, error: 'NoCourtError' },
  getMediator: { ...plain, error: 'NoCourtError' },
  takeSeat: { ...plain, error: 'InvalidInputError' },
  leaveSeat: { given: () => ({ params: { seat: 3 } }), error: 'NoCourtError' },
  requestOnBoard: { given: () => ({ body: { spec: SPEC, bid: '1', fee: '1' } }), error: 'NoBoardError' },
  listBoard: { given: () => ({ query: { limit: 5, mine: 'true' } }), error: 'NoBoardError' },
  getBoardRequest: { ...ofRequest, error: 'NoBoardError' },
  refundBoardRequest: { ...ofRequest, error: 'NoBoardError' },
  getBoardCredit: { ...plain, error: 'NoBoardError' },
  withdrawFromBoard: { ...plain, error: 'NoBoardError' },
  publishModule: {
    given: () => ({ body: { name: 'cow', version: '1.0.0', cid: 'bafkqaaa' } }),
    error: 'UnsupportedContentError'
  },
  yankModule: { given: () => ({ body: { name: 'cow', version: '1.0.0', yanked: true } }), error: 'NotOwnerError' },
  listModules: { given: () => ({ query: { search: 'cow', limit: 5 } }) },
  listModuleVersions: { given: () => ({ params: { name: 'cow' } }), error: 'ModuleNotFoundError' },
  listOffers: plain,
  rankSpec: { given: () => ({ body: { spec: SPEC } }) },
  verifyMatch: { given: ({ job }) => ({ body: { subject: job, export: true } }) },
  listDeals: plain,
  listPeers: plain,
  streamEvents: { given: ({ job }) => ({ query: { after: 0, job } }) },
  getHealth: plain,
  getDocument: plain,
  listErrors: plain,
  getNode: plain,
  getNetwork: plain,
  makeInvite: plain,
  takeInvite: { given: () => ({ body: { invite: 'a word' } }), error: 'NotAnInviteError' },
  // the node of the test does not own the network
  changeMember: {
    given: () => ({ body: { action: 'revoke', peer: '12D3KooWQXqXEzQZ1drZTThMqDmnn7PfmWZbqirxb4eCGiC2K7iG' } }),
    error: 'NotOwnerError'
  },
  getReadiness: plain,
  getStatus: plain,
  getMetrics: plain,
  drainNode: { ...plain, error: 'NoProviderError' },
  resumeNode: { ...plain, error: 'NoProviderError' },
  getWallet: plain,
  getHistory: { given: () => ({ query: { limit: 2, since: 0 } }) },
  deposit: { given: () => ({ body: { amount: '1' } }), error: 'NoChainError' },
  withdraw: { given: () => ({ body: { amount: '1', to: NOBODY } }), error: 'NoChainError' },
  beginUpload: plain,
  sendFile: { given: ({ upload }) => ({ params: { id: upload, path: 'a/b.txt' }, body: new Blob(['hello']) }) },
  commitUpload: { given: ({ upload }) => ({ params: { id: upload }, body: { path: 'a' } }) },
  resolveModule: { given: () => ({ body: { name: 'ipfs://bafkqaaa' } }), error: 'UnsupportedContentError' },
  pushImage: { given: () => ({ body: { name: 'no-such-image:0' } }) },
  listImages: plain,
  removeImage: { given: () => ({ params: { cid: 'bafkqaaa' } }), error: 'ImageNotFoundError' },
  setLogLevel: { given: () => ({ body: { level: 'warn' as const } }), error: 'NotSupportedYetError' },
  stopNode: plain
}
