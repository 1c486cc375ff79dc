import { z } from 'zod'
import { decodeCanonical, encode } from '../common/cbor.ts'
import { parse, toWire } from '../common/parse.ts'
import { uint } from '../common/values.ts'

/**
 * Reachability between members (docs/network.md). `dial-back`: a peer asks another to dial it where it sees it, at ports that
 * it names. `punch`: two peers that speak through a relay tell each other where to meet, then both connect at the same time.
 */
export const DIAL_BACK_PROTOCOL = '/dcn/dial-back/1.0.0'
export const PUNCH_PROTOCOL = '/dcn/punch/1.0.0'

export const REACH_LIMITS = {
  /** ports that one request has tried: what a host listens on */
  ports: 2,
  /** places that a peer offers for one punch, and as many of its own network */
  places: 4,
  messageBytes: 1024
} as const

const port = uint.min(1).max(65_535)
const ip = z.union([z.ipv4(), z.ipv6()])
const place = z.strictObject({ ip, port })
/** Where a socket is, as an IP address and a port. */
export type Place = z.output<typeof place>

export const dialBackRequest = z.strictObject({ ports: z.array(port).min(1).max(REACH_LIMITS.ports) })
export type DialBackRequest = z.output<typeof dialBackRequest>

export const dialBackReply = z.strictObject({
  /** where the other side saw the connection come from */
  seen: place,
  /** of the ports asked for, those at which the peer itself answered */
  open: z.array(port).max(REACH_LIMITS.ports)
})
export type DialBackReply = z.output<typeof dialBackReply>

export const punchMessage = z.strictObject({
  /** what the outside sees of the port that both sides will connect from */
  mapped: z.array(place).max(REACH_LIMITS.places),
  /** where the peer listens: of use when both are in one network, or one of them is in none */
  listening: z.array(place).max(REACH_LIMITS.places)
})
export type PunchMessage = z.output<typeof punchMessage>

const codec = <S extends z.ZodType>(schema: S, what: string) => ({
  encode: (value: z.output<S>): Uint8Array => encode(toWire(schema, value, what)),
  decode: (bytes: Uint8Array): z.output<S> =>
    parse(schema, decodeCanonical(bytes, what, REACH_LIMITS.messageBytes), what)
})
export const dialBackRequests = codec(dialBackRequest, 'dial-back request')
export const dialBackReplies = codec(dialBackReply, 'dial-back reply')
export const punchMessages = codec(punchMessage, 'punch message')
