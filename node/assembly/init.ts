import type { PrivateKeyAccount } from 'viem/accounts'
import type { NetworkDocument } from '../../protocols/common/network-document.ts'
import type { Clock, Log } from '../components.ts'
import type { Config } from '../config/schema.ts'
import type { Engine } from '../engines/engine.ts'

/** An account that signs for the node: what `privateKeyToAccount` of viem gives. */
export interface NodeAccount {
  readonly address: `0x${string}`
  readonly publicKey: `0x${string}`
  readonly type: 'local'
  readonly source: string
  sign(parameters: { hash: `0x${string}` }): Promise<`0x${string}`>
  signMessage(parameters: never): Promise<`0x${string}`>
  signTransaction(transaction: never): Promise<`0x${string}`>
  signTypedData(parameters: never): Promise<`0x${string}`>
}

/** The package ships no types of viem; the account of an embedder is one of its all the same. */
export const signerOf = (account: NodeAccount): PrivateKeyAccount => account as PrivateKeyAccount

/** What a node is made of. */
export interface NodeInit {
  /** as `effectiveConfig` gives it */
  config: Config
  /** of the network that it takes part in */
  network: NetworkDocument
  /** where members were when the invite was made, as multiaddrs with /p2p/<id>. @default nowhere */
  hints?: readonly string[]
  /** whose money it is */
  account: NodeAccount
  /** Ed25519 seed of the peer key, 32 bytes */
  seed: Uint8Array
  /** where it writes what it does */
  log: Log
  /** asked for by the API. @default the level stays as it is */
  setLogLevel?: (level: Config['log']['level']) => void
  /** unix ms. @default the system's clock */
  clock?: Clock
  /** puts something of an embedder's around each engine: its own limits, its own metrics. @default nothing */
  aroundEngine?: (engine: Engine) => Engine
  /** asked for by the API's stop call */
  onStopRequest?: () => void
}
