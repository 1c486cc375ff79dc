import { hashStruct, hashTypedData, type LocalAccount, recoverAddress } from 'viem'
import type { Address, Hex } from '../../protocols/common/values.ts'
import type { Close, Deal, Result } from '../../protocols/deal/schema.ts'
import {
  BIND_TYPES,
  bindTypedDomain,
  DEAL_TYPES,
  type DealDomain,
  dealTypedDomain
} from '../../protocols/deal/typed-data.ts'
import type { Bind } from '../../protocols/offers/schema.ts'

/** What signing needs of an account: a viem LocalAccount is one, a hardware wallet can be. Signatures are r, s, v; low s. */
export type TypedDataSigner = Pick<LocalAccount, 'address' | 'signTypedData'>

export type UnsignedBind = Omit<Bind, 'signature'>

/** Half of secp256k1's group order: of the two valid `s` only the low one is accepted, so a signature has one form. */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n
/** 0x, r and s of 32 bytes each, v of one. */
const SIGNATURE_CHARS = 2 + 2 * 65

const bigFields = (deal: Deal) => ({
  ...deal,
  submitWindow: BigInt(deal.submitWindow),
  reviewWindow: BigInt(deal.reviewWindow),
  voteWindow: BigInt(deal.voteWindow),
  committee: BigInt(deal.committee),
  needs: BigInt(deal.needs),
  openBefore: BigInt(deal.openBefore)
})

/** The contract's argument form of a deal: every number a bigint. */
export const toChainDeal = bigFields
/** The contract's argument form of a close. */
export const toChainClose = (close: Close) => ({ ...close, expiry: BigInt(close.expiry) })

const dealData = (domain: DealDomain, deal: Deal) =>
  ({ domain: dealTypedDomain(domain), types: DEAL_TYPES, primaryType: 'Deal', message: bigFields(deal) }) as const
const resultData = (domain: DealDomain, result: Result) =>
  ({ domain: dealTypedDomain(domain), types: DEAL_TYPES, primaryType: 'Result', message: result }) as const
const closeData = (domain: DealDomain, close: Close) =>
  ({ domain: dealTypedDomain(domain), types: DEAL_TYPES, primaryType: 'Close', message: toChainClose(close) }) as const
const challengeData = (domain: DealDomain, result: Result) =>
  ({
    domain: dealTypedDomain(domain),
    types: DEAL_TYPES,
    primaryType: 'Challenge',
    message: { deal: result.deal, result: hashResult(result) }
  }) as const
const bindData = ({ network, account, peerKey, from, until }: UnsignedBind) =>
  ({
    domain: bindTypedDomain(network),
    types: BIND_TYPES,
    primaryType: 'Bind',
    message: { network, account, peerKey, from: BigInt(from), until: BigInt(until) }
  }) as const

/** The deal's id: its EIP-712 struct hash, the same under every domain. */
export function hashDeal(deal: Deal): Hex {
  return hashStruct({ data: bigFields(deal), primaryType: 'Deal', types: DEAL_TYPES })
}

/** Struct hash of a result: what the escrow stores at submit. */
export function hashResult(result: Result): Hex {
  return hashStruct({ data: result, primaryType: 'Result', types: DEAL_TYPES })
}

export function dealDigest(domain: DealDomain, deal: Deal): Hex {
  return hashTypedData(dealData(domain, deal))
}

export function resultDigest(domain: DealDomain, result: Result): Hex {
  return hashTypedData(resultData(domain, result))
}

export function closeDigest(domain: DealDomain, close: Close): Hex {
  return hashTypedData(closeData(domain, close))
}

export function bindDigest(bind: UnsignedBind): Hex {
  return hashTypedData(bindData(bind))
}

export function signDeal(signer: TypedDataSigner, domain: DealDomain, deal: Deal): Promise<Hex> {
  return signer.signTypedData(dealData(domain, deal))
}

export function signResult(signer: TypedDataSigner, domain: DealDomain, result: Result): Promise<Hex> {
  return signer.signTypedData(resultData(domain, result))
}

export function signClose(signer: TypedDataSigner, domain: DealDomain, close: Close): Promise<Hex> {
  return signer.signTypedData(closeData(domain, close))
}

/** The creator's word that the court shall judge the submitted `result`. */
export function signChallenge(signer: TypedDataSigner, domain: DealDomain, result: Result): Promise<Hex> {
  return signer.signTypedData(challengeData(domain, result))
}

/** Joins the signer's account to a libp2p key. @throws never for a well-formed bind; `account` must be the signer's own */
export async function signBind(signer: TypedDataSigner, bind: UnsignedBind): Promise<Bind> {
  return { ...bind, signature: await signer.signTypedData(bindData(bind)) }
}

/** Whether the account named in the bind signed it. Says nothing about its times; 1–3 ms, so callers cache the answer. */
export async function verifyBind(bind: Bind): Promise<boolean> {
  return (await recover(bindDigest(bind), bind.signature)) === bind.account.toLowerCase()
}

/** Whether `signature` has the one accepted form: 65 bytes, r and s in range, low s, v 27 or 28. */
export function isCanonicalSignature(signature: Hex): boolean {
  if (signature.length !== SIGNATURE_CHARS || !/^0x[0-9a-fA-F]+$/.test(signature)) return false
  const r = BigInt(signature.slice(0, 66))
  const s = BigInt(`0x${signature.slice(66, 130)}`)
  const v = Number.parseInt(signature.slice(130), 16)
  return r > 0n && s > 0n && s <= HALF_ORDER && (v === 27 || v === 28)
}

/** Who signed a digest, in lower case; undefined when the signature is malformed or recovers to nobody. */
export async function recover(digest: Hex, signature: Hex): Promise<Address | undefined> {
  if (!isCanonicalSignature(signature)) return undefined
  try {
    return lower(await recoverAddress({ hash: digest, signature }))
  } catch {
    return undefined
  }
}

/** Addresses are compared in lower case everywhere in the project. */
export function lower(address: string): Address {
  return address.toLowerCase() as Address
}
