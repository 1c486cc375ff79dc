import type { FactBody, JobOffer } from '../schema.ts'

export { flatLanes } from './flat.ts'
export { resourceLanes } from './resource.ts'

/** A part of the market: the end of a gossip topic's name. The empty text is the one topic of a market that has no lanes. */
export type Lane = string

/**
 * Which parts the market of a network has: where a fact is published, and what a job's creator has to read. All nodes of a
 * network use the same lanes, or they do not meet. Pure.
 *
 * Whatever the lanes, every offer that is feasible for a job is published in a lane that the job's creator reads, and every
 * job in the lane of each offer that is feasible for it.
 */
export interface Lanes {
  /** every lane there is, in order: what a node that keeps the whole market reads, and what it allows others to publish in */
  readonly all: readonly Lane[]
  /** where a fact is published. A provider reads the lanes of its own offer, or it does not hear of jobs and mesh with nobody */
  lanesOf(body: FactBody): readonly Lane[]
  /** what the creator of a job reads */
  lanesFor(job: Pick<JobOffer, 'needs' | 'constraints'>): readonly Lane[]
}

/** The gossip topic of a lane. */
export function laneTopic(networkId: string, lane: Lane): string {
  const market = `/dcn/${networkId}/offers/1`
  return lane === '' ? market : `${market}/${lane}`
}
