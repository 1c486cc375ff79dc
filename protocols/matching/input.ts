import type { JobOffer, ResourceOffer } from '../offers/schema.ts'

/** A resource offer with its id: the 32-byte digest of the fact. */
export interface OfferInput {
  id: Uint8Array
  offer: ResourceOffer
}

/** A job offer with its id: the 32-byte digest of the fact. */
export interface JobInput {
  id: Uint8Array
  offer: JobOffer
}

/** The round at which offers must hold. */
export interface RankContext {
  round: number
}

/** Named in certificates: the functions of this folder for one version always give the same answers. */
export const RULE_VERSION = 1
