import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Internet, type RouterKind } from '../e2e/support/internet.ts'
import { NatLab } from '../e2e/support/nat-lab.ts'
import { atMost, type Benchmark, figure } from './measure.ts'

const RUNS = 3
const MS_PER_SEC = 1_000
const ROUTERS: readonly [kind: RouterKind, title: string][] = [
  ['steady', 'routers that let holes be punched'],
  ['changing', 'routers that do not, through the relay']
]

/** Two people at home: a provider and a creator, each behind a router, that know a relay. Linux, as root. */
export const nat: Benchmark = {
  name: 'nat',
  about: 'two hosts behind routers of their own, both just started → a job agreed by both',
  async run({ quick = false } = {}) {
    const missing = Internet.missing()
    if (missing !== undefined) {
      console.error(`nat skipped: ${missing}`)
      return []
    }
    const figures = []
    for (const [kind, title] of ROUTERS) {
      const samples: number[] = []
      for (let run = 0; run < (quick ? 1 : RUNS); run++) samples.push(await agreedAfter(kind))
      figures.push(
        figure({
          metric: `both started → agreed, ${title}`,
          unit: 's',
          samples,
          target: atMost(15, 's')
        })
      )
    }
    return figures
  }
}

/** Seconds from the moment that both are up to the provider's signature; the job is submitted at once. */
async function agreedAfter(kind: RouterKind): Promise<number> {
  const lab = await NatLab.start()
  try {
    await writeFile(join(lab.dir, 'one.mjs'), 'export default () => 0\n')
    await Promise.all([
      lab.home('provider', kind, ['--role', 'provider', '--engines', 'js']),
      lab.home('creator', kind, ['--role', 'creator'])
    ])
    const start = performance.now()
    const job = lab.startDcn('creator', 'js', 'run', 'one.mjs', '--json')
    await job.says(/"state":"(agreed|running)"/)
    const seconds = (performance.now() - start) / MS_PER_SEC
    await job.ended
    return seconds
  } finally {
    await lab.stop()
  }
}
