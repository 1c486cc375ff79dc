import { generateKeyPairSync, sign as nodeSign } from 'node:crypto'
import type { CID } from 'multiformats/cid'
import { toBlock } from '../../../protocols/common/cbor.ts'
import { verifyEd25519 } from '../../../protocols/common/ed25519.ts'
import { sha256 } from '../../../protocols/common/hash.ts'
import { type Address, type Hex, toHex } from '../../../protocols/common/values.ts'
import { factDigest, makeFact } from '../../../protocols/offers/fact.ts'
import type { Bind, Fact, JobOffer, ResourceOffer, Withdrawal } from '../../../protocols/offers/schema.ts'
import type { ValidatorContext } from '../../../protocols/offers/validate.ts'

export const NETWORK = 'lab'
export const ROUND_MS = 250
/** A time at which nothing special happens: a whole round. */
export const NOW_MS = 1_800_000_000_000
export const ROUND = NOW_MS / ROUND_MS

/** 20 bytes that follow from a number. */
export function accountOf(n: number): Address {
  return toHex(sha256(Buffer.from(`account ${n}`)).subarray(0, 20)) as Address
}

/** 32 bytes that follow from a text. */
export const digestOf = (text: string): Uint8Array => sha256(Buffer.from(text))
export const blockCid = (text: string): CID => toBlock({ text }).cid

export function resourceOffer(changes: Partial<ResourceOffer> = {}): ResourceOffer {
  const capacity = { cpuMillis: 4000, memoryBytes: 8 * 2 ** 30, diskBytes: 100 * 2 ** 30, gpus: [] }
  return {
    type: 'resource',
    version: 1,
    network: NETWORK,
    account: accountOf(1),
    fromRound: ROUND,
    untilRound: ROUND + 7200,
    seq: 1,
    arch: 'amd64',
    engines: [
      { kind: 'docker', version: '20.10' },
      { kind: 'js', version: '1' }
    ],
    networks: ['none'],
    capacity,
    free: capacity,
    price: {
      perJob: 100n,
      perCpuHour: 3_600_000n,
      perGiBHour: 360_000n,
      perDiskGiBHour: 3600n,
      perGpuHour: 36_000_000n
    },
    terms: { collateralPercent: 50, submitBaseSec: 120, reviewSec: 600, committee: true, dockerCommittee: false },
    tickets: 1,
    labels: {},
    addrs: ['/ip4/127.0.0.1/tcp/4001'],
    ...changes
  }
}

export function jobOffer(changes: Partial<JobOffer> = {}): JobOffer {
  return {
    type: 'job',
    version: 1,
    network: NETWORK,
    account: accountOf(1000),
    fromRound: ROUND,
    untilRound: ROUND + 2400,
    nonce: toHex(digestOf('nonce')),
    spec: blockCid('spec'),
    needs: {
      engine: 'js',
      resources: { cpuMillis: 1000, memoryBytes: 256 * 2 ** 20, diskBytes: 2 ** 30 },
      network: 'none'
    },
    bid: 10_000_000n,
    tip: 0n,
    timeoutMs: 60_000,
    policy: 'none',
    replicas: 1,
    constraints: { labels: {}, allow: [], deny: [] },
    addrs: [],
    ...changes
  }
}

export function withdrawal(id: CID, changes: Partial<Withdrawal> = {}): Withdrawal {
  return { ...{ type: 'withdrawal', version: 1, network: NETWORK, account: accountOf(1) }, ...rounds(), id, ...changes }
}

const rounds = () => ({ fromRound: ROUND, untilRound: ROUND + 7200 })

/** A key pair and the Bind that joins it to an account; the Bind's signature is checked by `verifyBind` below. */
export interface Identity {
  account: Address
  bind: Bind
  sign(bytes: Uint8Array): Uint8Array
}

export function identity(n = 1, changes: Partial<Bind> = {}): Identity {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  const account = accountOf(n)
  const from = NOW_MS / 1000 - 3600
  const bind: Bind = {
    network: NETWORK,
    account,
    peerKey: toHex(raw),
    from,
    until: from + 86_400,
    signature: `0x${'11'.repeat(65)}`,
    ...changes
  }
  return { account, bind, sign: bytes => new Uint8Array(nodeSign(null, bytes, privateKey)) }
}

/** Stands for ecrecover, which lives with the chain code: every signature but the zero one is good. */
export const verifyBind = (bind: Bind): boolean => bind.signature !== `0x${'00'.repeat(65)}`

export const context: ValidatorContext = {
  network: NETWORK,
  nowMs: NOW_MS,
  roundMs: ROUND_MS,
  verifyEd25519,
  verifyBind
}

export async function resourceFact(who: Identity, changes: Partial<ResourceOffer> = {}): Promise<Fact<ResourceOffer>> {
  return makeFact(resourceOffer({ account: who.account, ...changes }), who.bind, who.sign)
}

export async function jobFact(who: Identity, changes: Partial<JobOffer> = {}): Promise<Fact<JobOffer>> {
  return makeFact(jobOffer({ account: who.account, ...changes }), who.bind, who.sign)
}

export async function withdrawalFact(
  who: Identity,
  id: CID,
  changes: Partial<Withdrawal> = {}
): Promise<Fact<Withdrawal>> {
  return makeFact(withdrawal(id, { account: who.account, ...changes }), who.bind, who.sign)
}

export const hexId = (fact: Fact): Hex => toHex(factDigest(fact))
