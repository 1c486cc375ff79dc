/**
 * dcn-node as a library: run a participant inside your own process, or talk to one that runs already.
 *
 * @module
 */

export type { Daemon, DaemonIo, ReadyInfo } from './cli/daemon-api.ts'
export { effectiveConfig } from './config/load.ts'
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
export type { NodeApi } from './http/api.ts'
export { connect, findNode, type NodeClient } from './http/client.ts'
export type { HistoryView, JobView, NodeEvent, NodeInfo, OfferView, SubmitRequest } from './http/views.ts'
export { createNode, type DcnNode, type NodeInit } from './node.ts'
