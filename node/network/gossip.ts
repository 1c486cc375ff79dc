import { type GossipSub, gossipsub, type Message, TopicValidatorResult } from '@libp2p/gossipsub'
import { createPeerScoreParams, createTopicScoreParams } from '@libp2p/gossipsub/score'
import { sha256 } from '../../protocols/common/hash.ts'
import type { Penalties } from './peer-penalty.ts'
import { tokenBuckets } from './token-bucket.ts'

/** A fact is at most 4 KiB; the rest is for the frame's own fields. Longer data is not even decoded. */
const MAX_MESSAGE_BYTES = 8 * 1024
/** One RPC frame may carry several messages and control entries; ours are small. */
const MAX_RPC_BYTES = 256 * 1024
/** A peer that reads slowly costs at most this much memory, then loses messages. */
const MAX_OUTBOUND_BYTES = 8 * 1024 * 1024
/** Messages a peer may bring: far above an honest peer's share of a busy network, far below what costs us a core. */
const MESSAGES_PER_SECOND = 200
const MESSAGE_BURST = 1000

/**
 * Scores of the one topic. The defaults punish nothing (a topic without parameters does not count) and P3 would punish
 * everybody on a quiet topic, so both mesh delivery terms are off. Two invalid messages reach the graylist (-80).
 */
const TOPIC_SCORE = {
  topicWeight: 1,
  timeInMeshWeight: 0.02,
  timeInMeshQuantum: 1000,
  timeInMeshCap: 300,
  firstMessageDeliveriesWeight: 0.5,
  firstMessageDeliveriesDecay: 0.95,
  firstMessageDeliveriesCap: 20,
  meshMessageDeliveriesWeight: 0,
  meshFailurePenaltyWeight: 0,
  invalidMessageDeliveriesWeight: -20,
  invalidMessageDeliveriesDecay: 0.99
}

export type Verdict = 'accept' | 'ignore' | 'reject'
/** Judges a gossiped message: `reject` counts against the peer that sent it, `ignore` does not. Must not throw. */
export type GossipValidator = (data: Uint8Array, peer: string) => Verdict | Promise<Verdict>

const RESULTS: Record<Verdict, TopicValidatorResult> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject
}

/** The gossip topic of a network's offers. */
export function offersTopic(networkId: string): string {
  return `/dcn/${networkId}/offers/1`
}

export interface GossipInit {
  topic: string
  /** the id of a message: two bodies with one id are one message */
  messageId: (data: Uint8Array) => Uint8Array
  penalties: Penalties
  /** open networks punish many peers behind one address; members of a private one may share it */
  isPrivate: boolean
}

/** Gossipsub with one allowed topic, explicit limits and scores that do punish. */
export function gossipService(init: GossipInit): ReturnType<typeof gossipsub> {
  return gossipsub({
    allowedTopics: [init.topic],
    // a fact is signed by whoever it speaks for: a second signature would double the cost and tell nobody anything
    globalSignaturePolicy: 'StrictNoSign',
    fastMsgIdFn: bareId,
    fallbackToFloodsub: false,
    floodPublish: true,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    // to tell each neighbour of each fact costs more than the duplicates of 1 KB that it saves
    idontwantMinDataSize: MAX_MESSAGE_BYTES,
    maxInboundDataLength: MAX_RPC_BYTES,
    maxOutboundBufferSize: MAX_OUTBOUND_BYTES,
    msgIdFn: message => messageIdOf(message.data, init.messageId),
    scoreParams: createPeerScoreParams({
      IPColocationFactorWeight: init.isPrivate ? 0 : -5,
      appSpecificScore: peer => init.penalties.score(peer),
      appSpecificWeight: 1,
      topics: { [init.topic]: createTopicScoreParams(TOPIC_SCORE) }
    }),
    scoreThresholds: { gossipThreshold: -10, publishThreshold: -50, graylistThreshold: -80 }
  })
}

/**
 * Drops a message that carries more than a fact: gossipsub refuses a signature, a number or a key beside an unsigned one,
 * but not a sender, and would carry a frame's worth of anything in its place from peer to peer.
 */
function bareId({ from, data }: { from?: Uint8Array; data?: Uint8Array }): string {
  if (from !== undefined) throw new Error('an unsigned message names a sender')
  return Buffer.from(sha256(data ?? new Uint8Array(0))).toString('latin1')
}

/** The caller's id, or a digest of the bytes when they are too malformed to have one: gossipsub wants an id before it validates. */
function messageIdOf(data: Uint8Array, messageId: (data: Uint8Array) => Uint8Array): Uint8Array {
  if (data.byteLength > MAX_MESSAGE_BYTES) return sha256(data)
  try {
    return messageId(data)
  } catch {
    return sha256(data)
  }
}

/**
 * Puts a validator on the topic, behind the size cap and a rate limit per peer (gossipsub lets a peer of good standing
 * bring 128 messages before its score counts). Every rejected message is a strike.
 */
export function setValidator(
  pubsub: GossipSub,
  init: Pick<GossipInit, 'topic' | 'penalties'>,
  now: () => number,
  validator: GossipValidator
): void {
  const buckets = tokenBuckets(MESSAGES_PER_SECOND, MESSAGE_BURST, now)
  pubsub.topicValidators.set(init.topic, async (peerId, message: Message) => {
    const peer = peerId.toString()
    if (!buckets.take(peer)) return TopicValidatorResult.Ignore
    const verdict = message.data.byteLength > MAX_MESSAGE_BYTES ? 'reject' : await judge(validator, message.data, peer)
    if (verdict === 'reject') init.penalties.strike(peer)
    return RESULTS[verdict]
  })
}

/** A validator that throws is a bug of ours: the message is not passed on, and the peer is not blamed. */
async function judge(validator: GossipValidator, data: Uint8Array, peer: string): Promise<Verdict> {
  try {
    return await validator(data, peer)
  } catch {
    return 'ignore'
  }
}
