/**
 * dcn-node as a library: run a participant inside your own process, or talk to one that runs already.
 *
 * @module
 */

export type { NodeAccount } from './assembly/init.ts'
export type { Daemon, DaemonIo, ReadyInfo } from './cli/daemon-api.ts'
export type { AbortOptions, Clock, Log, Say } from './components.ts'
export {
  type ConfigSources,
  type EffectiveConfig,
  type EffectiveValue,
  effectiveConfig,
  type Origin
} from './config/load.ts'
export type { Config } from './config/schema.ts'
export { startDaemon } from './daemon.ts'
export {
  type MapOptions,
  SliceError,
  SliceModuleError,
  type SlicePool,
  type SlicePoolInit,
  type SliceReason,
  type SliceResult,
  slicePool
} from './engines/slices/index.ts'
export type { HistoryQuery, JobListQuery, JobQuery, LogChunk, LogQuery, NodeApi } from './http/api.ts'
export {
  connect,
  findNode,
  type JobHandle,
  type LocalTarget,
  type NodeClient,
  StreamCutError,
  type Target
} from './http/client.ts'
export type {
  DealView,
  DisputeView,
  HistoryView,
  ImportedView,
  JobList,
  JobState,
  JobView,
  LeftView,
  MatchView,
  MediatorView,
  NodeEvent,
  NodeInfo,
  NodeStatus,
  OfferView,
  PeerView,
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
  WhyView
} from './http/views.ts'
export { createNode, type DcnNode, type NodeInit } from './node.ts'
export { specBlock } from './spec-block.ts'
