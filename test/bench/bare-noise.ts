// The baseline of `data`: TCP and Noise alone, without a muxer, a gate or a protocol to agree on.
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { ComponentLogger, Logger, MultiaddrConnection, PrivateKey, Upgrader } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'

/** What moves bytes: a connection or a stream over it. */
export type Bytes = Pick<MultiaddrConnection, 'send' | 'addEventListener' | 'close'>

const quiet: Logger = Object.assign(() => undefined, {
  error: () => undefined,
  trace: () => undefined,
  enabled: false,
  newScope: () => quiet
})
const logger: ComponentLogger = { forComponent: () => quiet }
const LIMITS = { skipStreamMuxerNegotiation: true } as const

function encrypter(privateKey: PrivateKey) {
  const upgrader = { getStreamMuxers: () => new Map() } as unknown as Upgrader
  return noise()({ privateKey, peerId: peerIdFromPrivateKey(privateKey), logger, upgrader })
}

/** Serves each connection once its handshake is over; gives the address. */
export async function listenBare(
  serve: (bytes: Bytes) => Promise<void>
): Promise<{ addr: string; stop(): Promise<void> }> {
  const encrypt = encrypter(await generateKeyPair('Ed25519'))
  const upgrader = {
    async upgradeInbound(raw: MultiaddrConnection) {
      const { connection } = await encrypt.secureInbound(raw, LIMITS)
      await serve(connection as unknown as Bytes)
    }
  } as unknown as Upgrader
  const listener = tcp()({ logger }).createListener({ upgrader })
  await listener.listen(multiaddr('/ip4/127.0.0.1/tcp/0'))
  return { addr: listener.getAddrs()[0]?.toString() ?? '', stop: async () => listener.close() }
}

export async function dialBare(addr: string): Promise<Bytes> {
  const encrypt = encrypter(await generateKeyPair('Ed25519'))
  let secured: Bytes | undefined
  const upgrader = {
    async upgradeOutbound(raw: MultiaddrConnection) {
      secured = (await encrypt.secureOutbound(raw, LIMITS)).connection as unknown as Bytes
      return secured
    }
  } as unknown as Upgrader
  await tcp()({ logger }).dial(multiaddr(addr), { upgrader, signal: AbortSignal.timeout(10_000) })
  if (secured === undefined) throw new Error('no connection')
  return secured
}
