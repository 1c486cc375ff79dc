// `npm run sim [-- FLAGS]`: plays a market of many nodes over production code; docs/simulator.md says what is simulated.
import { setFlagsFromString } from 'node:v8'
import { messageOf, UserError } from '../protocols/common/errors.ts'
import { drawCurves } from '../test/support/market-sim/curves.ts'
import { playMarket, WorldFailed } from '../test/support/market-sim/market-world.ts'
import { worldOf } from '../test/support/market-sim/options.ts'
import { shrink } from '../test/support/market-sim/shrink.ts'
import { tableOf } from '../test/support/market-sim/table.ts'
import { wildWorld } from '../test/support/market-sim/wild.ts'
import { HELP, readFlags } from './lib/sim-flags.ts'

/** 10,000 nodes take more than Node's default. */
setFlagsFromString('--max-old-space-size=7168')

async function main(args: string[]): Promise<number> {
  const flags = readFlags(args)
  if (flags.help) {
    console.log(HELP)
    return 0
  }
  if (flags.svg !== undefined) {
    await drawCurves(flags.svg, flags.world, line => console.error(line))
    return 0
  }
  const first = flags.world.seed ?? 1
  for (let seed = first; seed < first + flags.seeds; seed++) {
    const options = flags.wild ? wildWorld(seed, { ...flags.world, seed }) : worldOf({ ...flags.world, seed })
    const startMs = performance.now()
    const report = await playMarket(options)
    console.log(flags.json ? JSON.stringify(report) : tableOf(report))
    const seconds = Math.round((performance.now() - startMs) / 100) / 10
    console.error(`played in ${seconds} s with ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB\n`)
  }
  return 0
}

/** A failure is only worth as much as the command that shows it again. */
async function told(error: unknown): Promise<number> {
  if (error instanceof WorldFailed) {
    console.error(error.message)
    console.error('\nlooking for the smallest world that fails like this …')
    const smallest = await shrink(error, () => process.stderr.write('.'))
    console.error(`\n${smallest.message}`)
    return 1
  }
  if (!(error instanceof UserError)) throw error
  console.error(`${messageOf(error)}\n\n${HELP}`)
  return 2
}

process.exitCode = await main(process.argv.slice(2)).catch(told)
