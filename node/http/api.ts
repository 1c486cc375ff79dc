import type { Readable } from 'node:stream'
import type { Address } from '../../protocols/common/values.ts'
import type { AbortOptions } from '../components.ts'
import type {
  BoardCreditView,
  BoardRequestBody,
  BoardRequestView,
  DealView,
  DisputeView,
  HistoryView,
  ImportedView,
  InviteView,
  JobList,
  JobState,
  JobView,
  JoinRequest,
  LeftView,
  LogLevelView,
  MatchView,
  MediatorView,
  MemberRequest,
  ModuleNameView,
  ModuleVersionView,
  ModuleView,
  NetworkView,
  NodeEvent,
  NodeInfo,
  NodeStatus,
  OfferView,
  PeerView,
  PublishedView,
  PublishRequest,
  PushEvent,
  RankView,
  ReadinessView,
  ReceiptView,
  ResultFile,
  SeatView,
  SharedImageView,
  SubmitRequest,
  VerifyRequest,
  WalletView,
  WhyView,
  YankRequest
} from './views.ts'

/** A piece of a job's output. `seq` counts up by one over both streams. */
export interface LogChunk {
  seq: number
  at: number
  stream: 'stdout' | 'stderr'
  bytes: Uint8Array
}

/** Which output is wanted. */
export interface LogQuery {
  from?: number
  follow?: boolean
  /** number of a replica */
  replica?: number
}

/** Which jobs are wanted. */
export interface JobQuery {
  /** at most this many, newest first */
  limit?: number
  /** only jobs with a smaller `seq` */
  before?: number
  state?: JobState
}

/** Which jobs a list has. */
export interface JobListQuery {
  /** at most this many, newest first */
  limit?: number
  /** only jobs with a smaller `seq` */
  before?: number
  state?: JobState
  /** a name, or a pattern with `*` and `?` */
  name?: string
  /** name of jobs that were submitted together */
  sweep?: string
  /** only those submitted from then on, unix ms */
  since?: number
}

/** Which movements are wanted. */
export interface HistoryQuery {
  /** at most this many, the newest */
  limit: number
  /** only from this time on, unix ms */
  since?: number
}

/**
 * What the local API needs from a node, and all it needs. Calls that name a job that is not there throw a UserError named
 * JobNotFoundError; those that name a file, ResultNotFoundError; input that does not fit, InvalidInputError; settlement
 * errors pass with their own names.
 */
export interface NodeApi {
  /** takes an image out of this node's engine and shares it by CID; the last event has it */
  pushImage(name: string, options?: AbortOptions): AsyncIterable<PushEvent>
  /** what this node shares */
  images(options?: AbortOptions): Promise<SharedImageView[]>
  /** @throws ImageNotFoundError */
  removeImage(cid: string, options?: AbortOptions): Promise<void>

  info(options?: AbortOptions): Promise<NodeInfo>
  /** what the node does now */
  status(options?: AbortOptions): Promise<NodeStatus>
  /** whether it can do its work */
  readiness(options?: AbortOptions): Promise<ReadinessView>
  /** in the text format of Prometheus */
  metrics(options?: AbortOptions): Promise<string>
  /** until the next start. @throws NotSupportedYetError */
  setLogLevel(level: LogLevelView['level'], options?: AbortOptions): Promise<LogLevelView>
  /** takes no new deals until `resume` or a restart; what runs finishes. @throws NoProviderError */
  drain(options?: AbortOptions): Promise<NodeStatus>
  /** @throws NoProviderError */
  resume(options?: AbortOptions): Promise<NodeStatus>

  /** checks the specification, journals the job and returns; matching goes on by itself */
  submit(request: SubmitRequest, options?: AbortOptions): Promise<JobView>
  jobs(query: JobQuery, options?: AbortOptions): Promise<JobView[]>
  /** in short, however many there are */
  jobList(query: JobListQuery, options?: AbortOptions): Promise<JobList>
  job(id: string, options?: AbortOptions): Promise<JobView | undefined>
  why(id: string, options?: AbortOptions): Promise<WhyView>
  /** asks for the end; the state says when it has come */
  cancel(id: string, options?: AbortOptions): Promise<JobView>
  /**
   * output from chunk `from` on; with `follow` it waits for more (also for a job that does not run yet) and ends when the job
   * has, else it ends with what there is now; `replica` picks one of a job that runs at several providers
   */
  logs(id: string, options?: AbortOptions & LogQuery): AsyncIterable<LogChunk>
  /** files of the result, paths relative with `/`; empty before there is one */
  results(id: string, options?: AbortOptions): Promise<ResultFile[]>
  openResult(id: string, path: string, options?: AbortOptions): Promise<{ stream: Readable; sizeBytes: number }>

  offers(options?: AbortOptions): Promise<OfferView[]>
  /** what this node's book ranks for a job in file form: any node with the same book says the same */
  rank(spec: unknown, options?: AbortOptions): Promise<RankView>
  /** whether the offers of a deal were ranked rightly, as far as anybody can tell. @throws NotFoundError, DealUnreadableError, ContentUnavailableError */
  verifyMatch(request: VerifyRequest, options?: AbortOptions): Promise<MatchView>
  deals(options?: AbortOptions): Promise<DealView[]>
  peers(options?: AbortOptions): Promise<PeerView[]>

  /** the network, its members and who is here */
  network(options?: AbortOptions): Promise<NetworkView>
  /** an invite that names members which can be reached now */
  invite(options?: AbortOptions): Promise<InviteView>
  /** a newer document of this network, and where its members are. @throws InviteError, OtherNetworkError, OlderNetworkError */
  takeInvite(request: JoinRequest, options?: AbortOptions): Promise<NetworkView>
  /** for the owner of the network. @throws NotOwnerError, InvalidInputError, TooLargeError */
  changeMember(request: MemberRequest, options?: AbortOptions): Promise<NetworkView>

  /** the owner's word that a result is good. @throws NotReviewingError */
  accept(job: string, options?: AbortOptions): Promise<JobView>
  /** takes a result to the court. @throws NotDisputableError */
  dispute(job: string, reason?: string, options?: AbortOptions): Promise<JobView>
  /** what the court has to say about a deal; undefined when it never was asked */
  disputeOf(deal: string, options?: AbortOptions): Promise<DisputeView | undefined>
  /** brings the result that the judges of a dispute came to, as files below `judged/` of the job's own */
  fetchJudged(job: string, options?: AbortOptions): Promise<void>
  /** pays for a larger round, for whoever lost the last one */
  appeal(deal: string, options?: AbortOptions): Promise<ReceiptView>

  /** asks for a job on chain. @throws NoBoardError */
  requestOnBoard(body: BoardRequestBody, options?: AbortOptions): Promise<BoardRequestView>
  boardRequests(
    query: { limit?: number | undefined; mine: boolean },
    options?: AbortOptions
  ): Promise<BoardRequestView[]>
  /** @param id its beginning is enough. @throws RequestNotFoundError */
  boardRequest(id: string, options?: AbortOptions): Promise<BoardRequestView>
  refundBoardRequest(id: string, options?: AbortOptions): Promise<ReceiptView>
  boardCredit(options?: AbortOptions): Promise<BoardCreditView>
  withdrawFromBoard(options?: AbortOptions): Promise<ReceiptView>
  /** every seat of the court that somebody holds */
  seats(options?: AbortOptions): Promise<SeatView[]>
  /** this node's own seats, and what came of them. @throws InvalidInputError when it is no mediator */
  mediator(options?: AbortOptions): Promise<MediatorView>
  /** stakes for one more seat of this node */
  takeSeat(options?: AbortOptions): Promise<SeatView>
  /** asks to leave a seat; once its delay is over, frees the stake */
  leaveSeat(seat: number, options?: AbortOptions): Promise<LeftView>

  wallet(options?: AbortOptions): Promise<WalletView>
  /** money movements of this account, oldest first */
  history(query: HistoryQuery, options?: AbortOptions): Promise<HistoryView>
  deposit(amount: bigint, options?: AbortOptions): Promise<ReceiptView>
  withdraw(amount: bigint, to: Address, options?: AbortOptions): Promise<ReceiptView>

  /** @throws NoRegistryError, NotNameOwnerError, VersionExistsError, InvalidModuleError */
  publishModule(request: PublishRequest, options?: AbortOptions): Promise<PublishedView>
  /** @throws NoRegistryError, NotNameOwnerError, VersionUnknownError */
  yankModule(request: YankRequest, options?: AbortOptions): Promise<PublishedView>
  /** names in the registry, newest first */
  modules(
    query: { search?: string | undefined; limit?: number | undefined },
    options?: AbortOptions
  ): Promise<ModuleNameView[]>
  /** newest first. @throws ModuleNotFoundError */
  moduleVersions(name: string, options?: AbortOptions): Promise<ModuleVersionView[]>
  /** the files of a module that is named by CID. @throws ModuleNotFoundError, InvalidModuleError, ContentUnavailableError */
  resolveModule(name: string, options?: AbortOptions): Promise<ModuleView>
  /** imports a file or directory of this host into the content store */
  importPath(path: string, options?: AbortOptions): Promise<ImportedView>

  /** what happens from the moment of the call, or after event `after` as far back as is kept; ends with the signal */
  events(options?: AbortOptions & { after?: number }): AsyncIterable<NodeEvent>
  /** starts to drain and returns; the process ends when that is done */
  stop(): Promise<void>
}
