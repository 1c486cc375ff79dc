import { playMarket, WorldFailed } from './market-world.ts'
import { type MarketOptions, worldOf } from './options.ts'

/** A smaller world costs seconds; the smallest is not worth minutes. */
const MAX_TRIES = 80

/** What may be left out or made smaller, the most telling first. Each gives a smaller world, or the same. */
const STEPS: ((o: MarketOptions) => Partial<MarketOptions>)[] = [
  o => ({ nodes: Math.max(3, Math.floor(o.nodes / 2)) }),
  o => ({ jobs: Math.max(1, Math.floor(o.jobs / 2)) }),
  o => ({ seconds: Math.max(1, Math.floor(o.seconds / 2)) }),
  () => ({ partition: false }),
  () => ({ churnPerMille: 0 }),
  () => ({ crashPerMille: 0 }),
  () => ({ failPerMille: 0 }),
  () => ({ lossPerMille: 0 }),
  () => ({ duplicatePerMille: 0 }),
  () => ({ breakPerMille: 0 }),
  () => ({ start: 'warm' }),
  o => ({ nodes: Math.max(3, o.nodes - 1) }),
  o => ({ jobs: Math.max(1, o.jobs - 1) }),
  o => ({ seconds: Math.max(1, o.seconds - 1) })
]

/** Why a world fails: the promise that it breaks; undefined when it keeps them all. */
export async function failureOf(options: MarketOptions): Promise<WorldFailed | undefined> {
  try {
    await playMarket(options)
    return undefined
  } catch (error) {
    if (error instanceof WorldFailed) return error
    throw error
  }
}

/** The smallest world that was found to break the same promise, greedily: each step is kept while the failure persists. */
export async function shrink(failed: WorldFailed, onTry: (options: MarketOptions) => void = () => {}) {
  let smallest = failed
  let tries = 0
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false
    for (const step of STEPS) {
      while (tries < MAX_TRIES) {
        const options = smallerBy(smallest.options, step(smallest.options))
        if (options === undefined) break
        tries++
        onTry(options)
        const still = await failureOf(options)
        if (still?.promise !== failed.promise) break
        smallest = still
        isSmaller = true
      }
    }
  }
  return smallest
}

function smallerBy(options: MarketOptions, change: Partial<MarketOptions>): MarketOptions | undefined {
  const keys = Object.keys(change) as (keyof MarketOptions)[]
  if (keys.every(key => change[key] === options[key])) return undefined
  // who does what follows from the number of nodes again
  const { creators: _c, providers: _p, full: _f, signatures: _s, ...rest } = options
  return worldOf({ ...rest, ...change })
}
