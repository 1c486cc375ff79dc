import { UserError } from '../../protocols/common/errors.ts'
import { isMapping } from '../../protocols/job/file-fields.ts'
import type { AbortOptions } from '../components.ts'
import type { NodeClient } from '../http/client.ts'
import type { SubmitRequest } from '../http/views.ts'
import { money, short, type TokenView } from './text.ts'

/** What each way to check a result costs by the offers of this moment. */
export interface Prices {
  /** of the way that was asked for */
  chosen: Price
  others: readonly Price[]
}

export interface Price {
  policy: string
  /** smallest unit; undefined where too few providers are there */
  amount?: bigint
  /** how many providers it takes, where it takes more than there are */
  lacks?: number
  note?: string
}

/** Shares and numbers that stand for ways which nobody asked for. */
const EXAMPLES = [{ spot: '5%' }, { replicas: { n: 3 } }, { committee: 3 }] as const

/**
 * Prices from the asks of a ranking, cheapest first, one for each account.
 *
 * @param policy as in a specification file
 * @param isRepeatable all but `none` need a job that repeats exactly
 */
export function pricesOf(asks: readonly bigint[], policy: unknown, isRepeatable: boolean): Prices {
  const all = ['none', ...(isRepeatable ? EXAMPLES : [])]
  const kind = kindOf(policy)
  return {
    chosen: priceOf(asks, policy),
    others: all.filter(other => kindOf(other) !== kind).map(other => priceOf(asks, other))
  }
}

const kindOf = (policy: unknown): string => (isMapping(policy) ? (Object.keys(policy)[0] ?? 'none') : 'none')

function priceOf(asks: readonly bigint[], policy: unknown): Price {
  const fields = isMapping(policy) ? policy : {}
  const [first, second = first] = asks
  if (first === undefined) return { policy: nameOf(fields), lacks: 1 }
  if (fields['spot'] !== undefined) {
    // a second run is paid like a first one; per mille, rounded up
    const perMille = BigInt(Math.round(Number.parseFloat(String(fields['spot'])) * 10))
    const again = ((second ?? first) * perMille + 999n) / 1000n
    return { policy: nameOf(fields), amount: first + again, note: 'on average' }
  }
  if (isMapping(fields['replicas'])) {
    const n = Number(fields['replicas']['n'])
    if (asks.length < n) return { policy: nameOf(fields), lacks: n }
    return { policy: nameOf(fields), amount: asks.slice(0, n).reduce((sum, ask) => sum + ask, 0n) }
  }
  if (fields['committee'] !== undefined) return { policy: nameOf(fields), amount: first, note: 'a dispute costs extra' }
  return { policy: 'none', amount: first }
}

function nameOf(fields: Record<string, unknown>): string {
  if (fields['spot'] !== undefined) return `spot:${String(fields['spot'])}`
  if (isMapping(fields['replicas'])) return `replicas:${String(fields['replicas']['n'])}`
  return fields['committee'] === undefined ? 'none' : `committee:${String(fields['committee'])}`
}

/** `price     about 0.0012 DCN with --verify none; spot:5% 0.0013 on average, …` */
export function pricesLine({ chosen, others }: Prices, token: TokenView): string {
  const amount = ({ amount, note }: Price): string =>
    `${money((amount ?? 0n).toString(), token)}${note === undefined ? '' : ` ${note}`}`
  const lacking = ({ lacks }: Price): string =>
    `needs ${lacks} ${lacks === 1 ? 'provider' : 'providers'}, fewer are there`
  const head =
    chosen.amount === undefined
      ? `--verify ${chosen.policy} ${lacking(chosen)}`
      : `about ${amount(chosen)} with --verify ${chosen.policy}`
  const rest = others.map(price => `${price.policy} ${price.amount === undefined ? lacking(price) : amount(price)}`)
  return `price     ${[head, ...rest].join('; ')}\n`
}

/** What a job costs, checked in one way or another; undefined where the node cannot say it before the job is submitted. */
export async function tellPrices(
  { spec, tip = '0', constraints }: SubmitRequest,
  client: NodeClient,
  token: TokenView,
  options: AbortOptions
): Promise<string | undefined> {
  const verify = isMapping(spec['verify']) ? spec['verify'] : {}
  try {
    const { candidates } = await client.rank(spec, options)
    const { target, allow, deny } = constraints ?? {}
    const may = (account: string): boolean =>
      (target === undefined || same(target, account)) &&
      (allow === undefined || allow.some(a => same(a, account))) &&
      !deny?.some(d => same(d, account))
    const byAccount = new Map(candidates.filter(c => may(c.account)).map(c => [c.account, BigInt(c.ask) + BigInt(tip)]))
    const asks = [...byAccount.values()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    return (
      candidatesLine([...byAccount.keys()]) +
      pricesLine(pricesOf(asks, verify['policy'] ?? 'none', isRepeatable(spec)), token)
    )
  } catch (error) {
    // the submit itself says what is wrong
    if (error instanceof UserError) return undefined
    throw error
  }
}

/** Who is asked, by the offers of this moment: whoever comes first when the job is submitted may be another. */
export function candidatesLine([first, ...others]: readonly string[]): string {
  if (first === undefined) return 'offers    no provider could run it now\n'
  const count = others.length + 1
  return `offers    ${count} ${count === 1 ? 'provider' : 'providers'} could run it, first in line ${short(first)}\n`
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

function isRepeatable({ engine, network = 'none' }: Record<string, unknown>): boolean {
  return isMapping(engine) && (engine['js'] !== undefined || engine['wasm'] !== undefined) && network === 'none'
}
