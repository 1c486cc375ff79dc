import type { CID } from 'multiformats/cid'
import { cidOf } from '../../common/cbor.ts'
import { messageOf, UserError } from '../../common/errors.ts'
import { type Address, fromHex, type Hex } from '../../common/values.ts'
import { decodeRefusal, type Refusal, type RefusalBody } from '../../deal/messages.ts'
import type { Deal } from '../../deal/schema.ts'
import type { DealDomain } from '../../deal/typed-data.ts'
import { decodeFact } from '../../offers/fact.ts'
import type { Bind, Fact, FactBody } from '../../offers/schema.ts'
import type { Certificate } from '../certificate.ts'
import type { Findings } from './findings.ts'

/** Signature schemes, given from outside: account signatures are EIP-712. */
export interface MatchChecks {
  verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean | Promise<boolean>
  verifyBind(bind: Bind): boolean | Promise<boolean>
  /** who signed a deal; undefined when the signature is malformed */
  dealSigner(domain: DealDomain, deal: Deal, signature: Hex): Promise<Address | undefined>
}

type Of<T extends FactBody['type']> = Fact<Extract<FactBody, { type: T }>>

/**
 * A fact of a type by the bytes that travelled, or what is wrong with them. Whether its time and its Bind's have passed does not
 * matter: a match is looked at later.
 */
export async function readFact<T extends FactBody['type']>(
  bytes: Uint8Array,
  type: T,
  { verifyEd25519, verifyBind }: MatchChecks
): Promise<Of<T> | { wrong: string }> {
  let fact: Fact
  try {
    fact = decodeFact(bytes)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { wrong: messageOf(error) }
  }
  const { body, bind, bodyBytes, signature } = fact
  if (body.type !== type) return { wrong: `it is a ${body.type} fact` }
  if (bind.account !== body.account || bind.network !== body.network) return { wrong: 'its Bind is of another account' }
  if (!(await verifyEd25519(fromHex(bind.peerKey), bodyBytes, signature)))
    return { wrong: 'its signature is not valid' }
  if (!(await verifyBind(bind))) return { wrong: 'the signature of its Bind is not valid' }
  return fact as Of<T>
}

/** The facts of a bundle by CID. */
export class FactShelf {
  readonly #bytes: ReadonlyMap<string, Uint8Array>
  readonly #checks: MatchChecks

  constructor(facts: readonly Uint8Array[], checks: MatchChecks) {
    this.#bytes = new Map(facts.map(bytes => [cidOf(bytes).toString(), bytes]))
    this.#checks = checks
  }

  /** The fact that `named` stands for, if it is at hand and is what it should be; else says what is wrong. */
  async take<T extends 'job' | 'resource'>(
    type: T,
    named: { id: CID; fact: CID },
    findings: Findings,
    where: Record<string, number> = {}
  ): Promise<Of<T> | undefined> {
    const about = { ...where, id: named.id.toString() }
    const bytes = this.#bytes.get(named.fact.toString())
    if (bytes === undefined) {
      findings.add('fact-missing', { ...about, fact: named.fact.toString() })
      return undefined
    }
    const read = await readFact(bytes, type, this.#checks)
    const wrong = 'wrong' in read ? read.wrong : read.id.equals(named.id) ? undefined : 'it is another fact'
    if ('wrong' in read || wrong !== undefined) {
      findings.add(type === 'job' ? 'job-forged' : 'offer-forged', { ...about, why: wrong ?? 'unreadable' })
      return undefined
    }
    return read
  }
}

/** The reason that each account on the list gave for its no to this very job, by account. */
export async function readRefusals(
  { job, refusals }: Certificate,
  keys: ReadonlyMap<Address, Hex>,
  { verifyEd25519 }: MatchChecks,
  findings: Findings
): Promise<Map<Address, string>> {
  const reasons = new Map<Address, string>()
  for (const [index, refusal] of refusals.entries()) {
    const body = readRefusal(refusal)
    if (body === undefined) {
      findings.add('refusal-forged', { index })
      continue
    }
    const { provider, reason } = body
    const key = keys.get(provider)
    if (key === undefined || !body.job.equals(job)) findings.add('refusal-unrelated', { index, provider })
    else if (!(await verifyEd25519(fromHex(key), refusal.body, refusal.signature))) {
      findings.add('refusal-forged', { index, provider })
    } else reasons.set(provider, reason)
  }
  return reasons
}

function readRefusal({ body }: Refusal): RefusalBody | undefined {
  try {
    return decodeRefusal(body)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return undefined
  }
}
