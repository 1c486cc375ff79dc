import type { PrivateKeyAccount } from 'viem/accounts'
import type { NetworkDocument } from '../../protocols/common/network-document.ts'
import type { Clock, Log } from '../components.ts'
import type { Config } from '../config/schema.ts'
import type { Engine } from '../engines/engine.ts'

export interface NodeInit {
  config: Config
  network: NetworkDocument
  account: PrivateKeyAccount
  /** Ed25519 seed of the peer key, 32 bytes */
  seed: Uint8Array
  log: Log
  /** unix ms. @default the system's clock */
  clock?: Clock
  /** puts something of an embedder's around each engine: its own limits, its own metrics. @default nothing */
  aroundEngine?: (engine: Engine) => Engine
  /** asked for by the API's stop call */
  onStopRequest?: () => void
}
