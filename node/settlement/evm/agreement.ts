import type { Hex } from '../../../protocols/common/values.ts'
import { EndpointsDisagreeError } from '../errors.ts'
import type { SettlementLogger } from '../settlement.ts'
import type { ChainClient, Source } from './client.ts'
import { isUnreachable } from './errors.ts'
import type { Mark } from './event-cursor.ts'
import type { Range } from './ranges.ts'

/** An endpoint to read from, and one that has to say the same, where there is another. */
export interface Pair {
  reader: Source
  witness: Source | undefined
  /** the newest block that both have */
  head: bigint
  /** changes whenever the newest block of any of them does */
  tips: string
}

interface Tip {
  source: Source
  number: bigint
  hash: Hex
}

/** Endpoints that are asked for their newest block: one to read from, one to compare, one in reserve. */
const ASKED = 3
/** A head that stands still this long while another's goes on belongs to a chain node that is stuck. */
const STUCK_MS = 60_000

/** Picks two endpoints that are at work. Remembers how long each head has stood still. */
export class PairChooser {
  readonly #sources: () => Promise<Source[]>
  readonly #nowMs: () => number
  readonly #logger: SettlementLogger
  readonly #since = new Map<string, { number: bigint; atMs: number }>()
  #wasAlone: boolean | undefined

  constructor(sources: () => Promise<Source[]>, logger: SettlementLogger, nowMs: () => number) {
    this.#sources = sources
    this.#logger = logger
    this.#nowMs = nowMs
  }

  /** @throws SettlementUnreachableError, WrongChainError */
  async choose(): Promise<Pair> {
    const sources = (await this.#sources()).slice(0, ASKED)
    const answers = await Promise.allSettled(sources.map(tipOf))
    const tips = answers.flatMap(answer => (answer.status === 'fulfilled' ? [answer.value] : []))
    const [best] = tips.map(({ number }) => number).sort((a, b) => Number(b - a))
    const [first, second] = tips.filter(tip => !this.#isStuck(tip, best))
    if (first === undefined) throw (answers[0] as PromiseRejectedResult).reason
    this.#tell(first.source, second !== undefined, sources.length)
    const head = second !== undefined && second.number < first.number ? second.number : first.number
    const hashes = tips.map(({ hash }) => hash).join()
    return { reader: first.source, witness: second?.source, head, tips: hashes }
  }

  #isStuck({ source: { label }, number }: Tip, best: bigint | undefined): boolean {
    const atMs = this.#nowMs()
    const seen = this.#since.get(label)
    if (seen === undefined || seen.number !== number || number === best) this.#since.set(label, { number, atMs })
    return atMs - (this.#since.get(label)?.atMs ?? atMs) > STUCK_MS
  }

  /** With two endpoints configured, reading from one alone is worth a line. */
  #tell({ label }: Source, hasWitness: boolean, count: number): void {
    const isAlone = !hasWitness && count > 1
    if (isAlone && this.#wasAlone !== true) {
      this.#logger.warn({ rpc: label }, 'events are read from one RPC endpoint alone, the others do not answer')
    }
    this.#wasAlone = isAlone
  }
}

/**
 * Reads a range from one endpoint and has the other one say the same: the hash of the last block, and everything read.
 * Undefined when the chain changed meanwhile.
 *
 * @throws EndpointsDisagreeError
 */
export async function readAgreed<T>(
  { reader, witness }: Pick<Pair, 'reader' | 'witness'>,
  range: Range,
  read: (source: Source, range: Range) => Promise<readonly T[]>
): Promise<{ items: readonly T[]; mark: Mark } | undefined> {
  const block = range.toBlock
  const before = await hashAt(reader.client, block)
  const items = await read(reader, range)
  const hash = await hashAt(reader.client, block)
  if (hash === undefined || hash !== before) return undefined
  const mark: Mark = { block, hash }
  const theirs = witness === undefined ? undefined : await second(witness, range, read)
  if (witness === undefined || theirs === undefined) return { items, mark }
  if (theirs.hash !== hash) throw new EndpointsDisagreeError(reader.label, witness.label, `the hash of block ${block}`)
  const ours = new Set(items.map(fingerprint))
  if (theirs.items.length !== items.length || !theirs.items.every(item => ours.has(fingerprint(item)))) {
    const about = `what happened between the blocks ${range.fromBlock} and ${block}`
    throw new EndpointsDisagreeError(reader.label, witness.label, about)
  }
  return { items, mark }
}

/** What the witness says; undefined when it refuses such questions altogether, which is no reason to stand still. */
async function second<T>(
  witness: Source,
  range: Range,
  read: (source: Source, range: Range) => Promise<readonly T[]>
): Promise<{ hash: Hex | undefined; items: readonly T[] } | undefined> {
  try {
    return { hash: await hashAt(witness.client, range.toBlock), items: await read(witness, range) }
  } catch (error) {
    if (isUnreachable(error)) throw error
    return undefined
  }
}

async function tipOf(source: Source): Promise<Tip> {
  const { number, hash } = await source.client.getBlock()
  return { source, number, hash }
}

/** Hash of a block; undefined where the chain has none at this height. */
export async function hashAt(client: ChainClient, blockNumber: bigint): Promise<Hex | undefined> {
  try {
    return (await client.getBlock({ blockNumber })).hash
  } catch (error) {
    if (error instanceof Error && error.name === 'BlockNotFoundError') return undefined
    throw error
  }
}

function fingerprint(item: unknown): string {
  return JSON.stringify(item, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))
}
