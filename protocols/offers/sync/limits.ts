import { OFFER_LIMITS } from '../schema.ts'

/** docs/offers.md, "Sync" */
export const SYNC_PROTOCOL = '/dcn/sync/1.0.0'

export const SYNC_LIMITS = {
  /** one frame of the stream, in both directions: below the smallest window of the muxer, so one frame never waits for another */
  frameBytes: 64 * 1024,
  /** the first message of each side: a signed head is at most 360 bytes, with a network id of 64 characters */
  greetingBytes: 1024,
  /** ranges in a frame, as many as fit it: each costs its reader two look-ups, and an answer only as far as that fits a frame */
  ranges: 2048,
  /** ids in one list: as many as fit a frame, and as many facts as a session brings */
  ids: 2000,
  /** frames with ranges, offers or wants from each side: 16-way splits of 20,000 facts need five, lists that fill frames the rest */
  exchanges: 10,
  /** facts from each side in a session; a node that lacks more takes several sessions */
  facts: 2000,
  /** frames from each side: 2,000 facts of 4 KiB take 134 that are full but for one fact, the other side's are answered with empty ones */
  frames: 300,
  /** facts about to expire stay out, or two nodes would differ at the edge for ever */
  edgeMs: 10_000,
  /** one session per peer in this time */
  perPeerMs: 5000,
  /** ids remembered of facts that were offered and refused: as many as the book remembers of those that left */
  declined: 50_000
} as const

/** What a session can cost in each direction, whatever the peer does: facts, exchanges, and 64 bytes around each frame. */
export const MAX_SESSION_BYTES =
  SYNC_LIMITS.facts * OFFER_LIMITS.factBytes +
  (SYNC_LIMITS.exchanges + 1) * SYNC_LIMITS.frameBytes +
  SYNC_LIMITS.frames * 64

/** A range that differs is split into this many: 16 fingerprints cost about as much as one fact, and four splits reach one in 65,536. */
export const FANOUT = 16
/** A range with this many facts or fewer is listed: its ids cost less than the fingerprints of another split. */
export const LIST_UP_TO = 8

export const ID_BYTES = 32
export const NONCE_BYTES = 16
export const FINGERPRINT_BYTES = 16
