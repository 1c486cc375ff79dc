import type { AbortOptions } from '../components.ts'
import type { HistoryQuery, JobListQuery, JobQuery, LogChunk, LogQuery } from './api.ts'
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

/**
 * A job as a thing with methods; all it keeps is the id. What reads a stream goes on by itself after a cut or a restart of the
 * node, each piece once, and gives up when the node stays away for a minute.
 *
 * @example
 * ```ts
 * const job = await connect().run({ spec: { engine: { js: { source: 'export default () => console.log(42)' } } } })
 * for await (const chunk of job.logs()) process.stdout.write(chunk.bytes)
 * const { state, exitCode } = await job.wait()
 * ```
 */
export interface JobHandle {
  readonly id: string
  /** as it is now. @throws JobNotFoundError */
  view(options?: AbortOptions): Promise<JobView>
  /** why it is where it is, and what would help */
  why(options?: AbortOptions): Promise<WhyView>
  /** asks for its end; `wait` says when it has come */
  cancel(options?: AbortOptions): Promise<JobView>
  /** its view now and after each change; ends with the job. @throws NodeUnreachableError */
  changes(options?: AbortOptions): AsyncIterable<JobView>
  /** its end, whatever that is: look at `state`, `outcome` and `exitCode`. @throws the signal's reason, NodeUnreachableError */
  wait(options?: AbortOptions): Promise<JobView>
  /** output as it comes, from chunk `from` on, to the end of the job. @throws NodeUnreachableError */
  logs(options?: AbortOptions & { from?: number; replica?: number }): AsyncIterable<LogChunk>
  /** files of its result, paths relative with `/`; empty before there is one */
  files(options?: AbortOptions): Promise<ResultFile[]>
  /** the bytes of a result file as they come. @throws ResultNotFoundError */
  open(path: string, options?: AbortOptions): Promise<ReadableStream<Uint8Array>>
  /** a result file as text. @throws ResultNotFoundError */
  text(path: string, options?: AbortOptions): Promise<string>
}

/**
 * A node, spoken to over its HTTP API. Amounts are decimal strings of the token's smallest unit, times unix milliseconds, sizes
 * bytes, CIDs and ids text.
 *
 * Every call takes a `signal` last and may fail with `NodeUnreachableError`, or with what the node refuses: an error whose `name` is
 * stable (`JobNotFoundError`, `InvalidInputError`, …) and that has `field`, `value`, `limit` and `remedy` where they help.
 *
 * @example
 * ```ts
 * const client = connect(await findNode('.data/me'))
 * const { id } = await client.submit({ spec: { engine: { js: { source: 'export default () => console.log(42)' } } } })
 * for await (const chunk of client.logs(id, { follow: true })) process.stdout.write(chunk.bytes)
 * console.log((await client.job(id)).state)
 * ```
 */
export interface NodeClient {
  /** where the node answers; empty before the first call of a client that finds its node */
  readonly url: string
  /** submits a job and gives a handle of it. @throws InvalidInputError, NotSupportedYetError */
  run(request: SubmitRequest, options?: AbortOptions): Promise<JobHandle>
  /** a handle of a job that was submitted before; asks nothing */
  handle(id: string): JobHandle
  /** what happens, over cut connections and restarts, until the signal; each event once. @throws NodeUnreachableError */
  watch(options?: AbortOptions & { after?: number; job?: string }): AsyncIterable<NodeEvent>
  /** who the node is, what it offers, how full it is and what is wrong with it */
  info(options?: AbortOptions): Promise<NodeInfo>
  /** what the node does now */
  status(options?: AbortOptions): Promise<NodeStatus>
  /** whether it can do its work */
  readiness(options?: AbortOptions): Promise<ReadinessView>
  /** the network, its members and who is here */
  network(options?: AbortOptions): Promise<NetworkView>
  /** an invite that names members which can be reached now; it holds the secret of the network */
  invite(options?: AbortOptions): Promise<InviteView>
  /** takes what an invite of the node's own network says that is newer. @throws OtherNetworkError, OlderNetworkError */
  takeInvite(body: JoinRequest, options?: AbortOptions): Promise<NetworkView>
  /** lets a peer in, shuts it out, or takes it off the lists. @throws NotOwnerError */
  changeMember(body: MemberRequest, options?: AbortOptions): Promise<NetworkView>
  /** takes no new deals until `resume` or a restart; what runs finishes. @throws NoProviderError */
  drain(options?: AbortOptions): Promise<NodeStatus>
  /** how much the node logs, until its next start. @throws NotSupportedYetError where the log belongs to an embedder */
  setLogLevel(level: LogLevelView['level'], options?: AbortOptions): Promise<LogLevelView>
  /** takes deals again. @throws NoProviderError */
  resume(options?: AbortOptions): Promise<NodeStatus>

  /** checks the specification and journals the job; matching goes on by itself. @throws InvalidInputError, NotSupportedYetError */
  submit(request: SubmitRequest, options?: AbortOptions): Promise<JobView>
  /** whole views of jobs, newest first, at most 1,000 */
  jobs(query?: JobQuery, options?: AbortOptions): Promise<JobView[]>
  /** jobs in short, newest first, however many there are */
  jobList(query?: JobListQuery, options?: AbortOptions): Promise<JobList>
  /** one job, whole. @throws JobNotFoundError */
  job(id: string, options?: AbortOptions): Promise<JobView>
  /** why a job is where it is, and what would help. @throws JobNotFoundError */
  why(id: string, options?: AbortOptions): Promise<WhyView>
  /** asks for the end of a job; the state says when it has come. @throws JobNotFoundError */
  cancel(id: string, options?: AbortOptions): Promise<JobView>
  /** files of a result, paths relative with `/`; empty before there is one. @throws JobNotFoundError */
  results(id: string, options?: AbortOptions): Promise<ResultFile[]>
  /** the bytes of a result file as they come. @throws ResultNotFoundError */
  openResult(id: string, path: string, options?: AbortOptions): Promise<ReadableStream<Uint8Array>>
  /**
   * output from chunk `from` on; with `follow` it waits for more until the job has ended. Whose stream is cut goes on after
   * the last `seq` it saw. @throws StreamCutError, JobNotFoundError
   */
  logs(id: string, options?: AbortOptions & LogQuery): AsyncIterable<LogChunk>
  /** what happens, from now on or after event `after`: it resolves when the node listens, so nothing is missed. @throws StreamCutError */
  events(options?: AbortOptions & { after?: number; job?: string }): Promise<AsyncIterable<NodeEvent>>
  /** the owner's word that a result is good (`verify.policy: committee`). @throws NotReviewingError */
  accept(id: string, options?: AbortOptions): Promise<JobView>

  /** takes a result to the court. @throws NotDisputableError */
  dispute(id: string, reason?: string, options?: AbortOptions): Promise<JobView>
  /** where the dispute of a deal stands. @throws DealNotFoundError */
  disputeOf(deal: string, options?: AbortOptions): Promise<DisputeView>
  /** after a dispute: brings the result that the judges came to, as files below `judged/` */
  fetchJudged(id: string, options?: AbortOptions): Promise<void>
  /** pays for a larger round after a verdict */
  appeal(deal: string, options?: AbortOptions): Promise<ReceiptView>
  /** asks for a job on chain */
  requestOnBoard(body: BoardRequestBody, options?: AbortOptions): Promise<BoardRequestView>
  /** newest first */
  boardRequests(query?: { limit?: number; mine?: boolean }, options?: AbortOptions): Promise<BoardRequestView[]>
  /** one request and what came of it. @param id its beginning is enough */
  boardRequest(id: string, options?: AbortOptions): Promise<BoardRequestView>
  /** its money back, once its time is over; the same id */
  refundBoardRequest(id: string, options?: AbortOptions): Promise<ReceiptView>
  /** what the board holds for this node */
  boardCredit(options?: AbortOptions): Promise<BoardCreditView>
  /** takes that into the wallet */
  withdrawFromBoard(options?: AbortOptions): Promise<ReceiptView>
  /** every seat of the court that somebody holds */
  seats(options?: AbortOptions): Promise<SeatView[]>
  /** this node's seats and judgements. @throws InvalidInputError when it is no mediator */
  mediator(options?: AbortOptions): Promise<MediatorView>
  /** stakes for one more seat */
  takeSeat(options?: AbortOptions): Promise<SeatView>
  /** asks to leave a seat; once more when `leavesAt` is over, which frees the stake */
  leaveSeat(seat: number, options?: AbortOptions): Promise<LeftView>

  /** every offer in the node's book */
  offers(options?: AbortOptions): Promise<OfferView[]>
  /** who would run a job in file form, in order, without submitting it. @throws InvalidInputError */
  rank(spec: Record<string, unknown>, options?: AbortOptions): Promise<RankView>
  /** whether the offers of anybody's deal were ranked rightly. @throws NotFoundError, DealUnreadableError */
  verifyMatch(request: VerifyRequest, options?: AbortOptions): Promise<MatchView>
  /** deals of this node, in any role */
  deals(options?: AbortOptions): Promise<DealView[]>
  /** who it is connected to */
  peers(options?: AbortOptions): Promise<PeerView[]>

  /** its money: in the wallet, free and locked in the escrow, staked */
  wallet(options?: AbortOptions): Promise<WalletView>
  /** movements of its money, oldest first */
  history(query?: Partial<HistoryQuery>, options?: AbortOptions): Promise<HistoryView>
  /** puts tokens into the escrow. @param amount smallest units. @throws InsufficientBalanceError */
  deposit(amount: bigint, options?: AbortOptions): Promise<ReceiptView>
  /** takes tokens out of the escrow. @param to an account. @throws InsufficientBalanceError */
  withdraw(amount: bigint, to: string, options?: AbortOptions): Promise<ReceiptView>

  /** takes an image out of the node's engine and shares it by CID; the last event has it. @throws ImageNotFoundError */
  pushImage(name: string, options?: AbortOptions): Promise<AsyncIterable<PushEvent>>
  /** publishes a version of a module whose folder is in the node's store. @throws NotNameOwnerError, VersionExistsError */
  publishModule(request: PublishRequest, options?: AbortOptions): Promise<PublishedView>
  /** sets or clears the flag that tells others not to take a version. @throws VersionUnknownError */
  yankModule(request: YankRequest, options?: AbortOptions): Promise<PublishedView>
  /** names in the network's registry, newest first. @throws NoRegistryError */
  modules(query?: { search?: string; limit?: number }, options?: AbortOptions): Promise<ModuleNameView[]>
  /** versions of a module, newest first. @throws ModuleNotFoundError */
  moduleVersions(name: string, options?: AbortOptions): Promise<ModuleVersionView[]>
  /** the files of a module by its name, such as `ipfs://…`. @throws ModuleNotFoundError, InvalidModuleError */
  resolveModule(name: string, options?: AbortOptions): Promise<ModuleView>
  /** images that the node shares */
  images(options?: AbortOptions): Promise<SharedImageView[]>
  /** shares an image no longer. @throws ImageNotFoundError */
  removeImage(cid: string, options?: AbortOptions): Promise<void>

  /** begins an upload; gives its id. At most 16 at a time; one that nobody feeds for an hour is removed */
  beginUpload(options?: AbortOptions): Promise<string>
  /** adds a file to an upload; gives its size. @param from path of a file, which is read while it is sent, or bytes */
  sendFile(upload: string, path: string, from: string | Blob, options?: AbortOptions): Promise<number>
  /** imports an upload, or one file or directory of it, and gives its CID */
  commitUpload(upload: string, path?: string, options?: AbortOptions): Promise<ImportedView>

  /** drains the node and stops it */
  stop(options?: AbortOptions): Promise<void>
}
