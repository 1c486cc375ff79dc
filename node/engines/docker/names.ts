import { sha256 } from '../../../protocols/common/hash.ts'
import { toHex } from '../../../protocols/common/values.ts'

export const LABELS = {
  node: 'dcn.node',
  deal: 'dcn.deal',
  timeoutMs: 'dcn.timeout-ms',
  diskBytes: 'dcn.disk-bytes',
  scratch: 'dcn.scratch',
  outputs: 'dcn.outputs',
  network: 'dcn.network',
  /** of a container that only holds a network open: the deal of the one that uses it */
  holderOf: 'dcn.holder-of',
  socketDir: 'dcn.socket-dir'
} as const

/**
 * Whether a container is a job's and not one that holds a network open. By a label that every job's container is given: an image
 * may bring labels of its own, and those that it is not given count.
 */
export const isJob = ({ Labels }: { Labels: Record<string, string> }): boolean => Labels[LABELS.deal] !== undefined

/** One name per node and deal, so that a second container for one deal is refused by the daemon itself. */
export function containerName(nodeId: string, id: string): string {
  return `dcn-${toHex(sha256(Buffer.from(`${nodeId}\0${id}`))).slice(2, 34)}`
}
