import { sha256 } from '../common/hash.ts'
import { type Address, type Hex, toHex } from '../common/values.ts'

/** A member of an EIP-712 struct. */
export interface TypedField {
  readonly name: string
  readonly type: string
}

/** EIP-712 name of the escrow's domain, as its contract states it. */
export const ESCROW_DOMAIN_NAME = 'dcn DealEscrow'
/** EIP-712 name of Bind's domain, which no contract checks: one name for one purpose keeps signatures apart. */
export const BIND_DOMAIN_NAME = 'dcn'
export const DOMAIN_VERSION = '1'

/** The structs that creator and provider sign, field for field as the escrow contract hashes them. */
export const DEAL_TYPES = {
  Deal: [
    { name: 'job', type: 'bytes32' },
    { name: 'spec', type: 'bytes32' },
    { name: 'certificate', type: 'bytes32' },
    { name: 'creator', type: 'address' },
    { name: 'provider', type: 'address' },
    { name: 'price', type: 'uint256' },
    { name: 'collateral', type: 'uint256' },
    { name: 'seatFee', type: 'uint256' },
    { name: 'submitWindow', type: 'uint256' },
    { name: 'reviewWindow', type: 'uint256' },
    { name: 'voteWindow', type: 'uint256' },
    { name: 'committee', type: 'uint256' },
    { name: 'needs', type: 'uint256' },
    { name: 'openBefore', type: 'uint256' },
    { name: 'nonce', type: 'uint256' }
  ],
  Result: [
    { name: 'deal', type: 'bytes32' },
    { name: 'commitment', type: 'bytes32' },
    { name: 'manifest', type: 'bytes32' },
    { name: 'charge', type: 'uint256' }
  ],
  Close: [
    { name: 'deal', type: 'bytes32' },
    { name: 'toProvider', type: 'uint256' },
    { name: 'expiry', type: 'uint256' }
  ],
  /** the creator's alone: takes the deal to the court, with the struct hash of the submitted Result */
  Challenge: [
    { name: 'deal', type: 'bytes32' },
    { name: 'result', type: 'bytes32' }
  ]
} as const satisfies Record<string, readonly TypedField[]>

/** The struct that joins an account to a peer key; no contract ever reads it. */
export const BIND_TYPES = {
  Bind: [
    { name: 'network', type: 'string' },
    { name: 'account', type: 'address' },
    { name: 'peerKey', type: 'bytes32' },
    { name: 'from', type: 'uint256' },
    { name: 'until', type: 'uint256' }
  ]
} as const satisfies Record<string, readonly TypedField[]>

/** Where a deal lives: the escrow on its chain, or (chain id 0, zero address, salt) a network that has no chain. */
export interface DealDomain {
  chainId: number
  escrow: Address
  salt?: Hex | undefined
}

const NO_CHAIN_ID = 0
const ZERO_ADDRESS: Address = `0x${'00'.repeat(20)}`

/** sha2-256 of a network's id: what stands in a domain where no chain and contract do. */
export function networkSalt(network: string): Hex {
  return toHex(sha256(new TextEncoder().encode(network)))
}

/** The domain of a network without a chain; two networks never share a signature, because their salts differ. */
export function chainlessDomain(network: string): DealDomain {
  return { chainId: NO_CHAIN_ID, escrow: ZERO_ADDRESS, salt: networkSalt(network) }
}

/** EIP-712 domain of Deal, Result and Close. */
export function dealTypedDomain({ chainId, escrow, salt }: DealDomain) {
  const domain = { name: ESCROW_DOMAIN_NAME, version: DOMAIN_VERSION, chainId, verifyingContract: escrow }
  return salt === undefined ? domain : { ...domain, salt }
}

/**
 * EIP-712 domain of Bind: name, version and the network's salt, never a chain id. A Bind says who speaks on a network, so
 * whoever hears one can check it with nothing but the Bind itself, whatever the network settles on.
 */
export function bindTypedDomain(network: string) {
  return { name: BIND_DOMAIN_NAME, version: DOMAIN_VERSION, salt: networkSalt(network) }
}
