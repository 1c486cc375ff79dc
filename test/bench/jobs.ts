import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { busyboxImage } from '../../scripts/lib/docker-image.ts'
import type { LocalNode } from '../../scripts/lib/local-network.ts'
import { atMost, type Benchmark, figure, type Measured, median, percentile, times } from './measure.ts'
import { timeJob, withNetwork } from './network.ts'

const WARM_UP = 5
const JOBS = 30
const QUICK_JOBS = 3
export const JS = { engine: { js: { source: 'export default () => 0' } }, outputs: [] }

export const exitOf = async (command: string, args: string[]) => {
  const [code] = await once(spawn(command, args, { stdio: 'ignore' }), 'exit')
  if (code !== 0) throw new Error(`${command} ended with ${code}`)
}

interface Samples {
  jobs: Awaited<ReturnType<typeof timeJob>>[]
  bare: number[]
}

/** Jobs and their baseline in turn, so that what else the machine does falls on both. */
async function inTurn(
  creator: LocalNode,
  spec: Record<string, unknown>,
  count: number,
  bare: () => Promise<void>
): Promise<Samples> {
  const samples: Samples = { jobs: [], bare: [] }
  for (let i = 0; i < WARM_UP; i++) await timeJob(creator, spec)
  for (let i = 0; i < count; i++) {
    samples.jobs.push(await timeJob(creator, spec))
    samples.bare.push(...(await times(1, bare)))
  }
  return samples
}

/** From submit to the files on the creator's disk: the whole, and what comes on top of the baseline. */
function figuresOf({ jobs, bare }: Samples, what: string, p50Ms: number, p99Ms?: number): Measured[] {
  const whole = at(jobs, 'settling')
  const base = median(bare)
  const figures = [
    figure({
      metric: "submit → files on the creator's disk, p50",
      unit: 'ms',
      samples: whole,
      baseline: { what, samples: bare }
    }),
    figure({
      metric: `added to ${what}, p50`,
      unit: 'ms',
      samples: whole.map(ms => ms - base),
      target: atMost(p50Ms, 'ms')
    })
  ]
  if (p99Ms === undefined) return figures
  const slowest = percentile(whole, 0.99) - base
  return [
    ...figures,
    figure({ metric: `added to ${what}, p99`, unit: 'ms', samples: [slowest], target: atMost(p99Ms, 'ms') })
  ]
}

const at = (jobs: Samples['jobs'], state: 'agreed' | 'settling' | 'done'): number[] =>
  jobs.map(job => job[state] ?? Number.NaN)

/** Neighbours are pinged every ten seconds: the first answer may be a while away. */
async function roundTrips({ client }: LocalNode): Promise<number[]> {
  for (;;) {
    const known = (await client.peers()).flatMap(peer => peer.rttMs ?? [])
    if (known.length > 0) return known
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

/** submit → both signatures, and submit → files on the creator's disk, for a trivial js job. */
export const jobJs: Benchmark = {
  name: 'job-js',
  about: 'a trivial js job on a quiet network of separate processes with a chain',
  run: ({ quick = false } = {}) =>
    withNetwork(async (_network, creator) => {
      const bare = () => exitOf(process.execPath, ['-e', '0'])
      const samples = await inTurn(creator, JS, quick ? QUICK_JOBS : JOBS, bare)
      return [
        figure({
          metric: 'agree: submit → both signatures, p50',
          unit: 'ms',
          samples: at(samples.jobs, 'agreed'),
          baseline: { what: 'one libp2p round trip', samples: await roundTrips(creator) },
          target: atMost(25, 'ms')
        }),
        ...figuresOf(samples, 'node -e 0', 60),
        figure({ metric: 'submit → settled on chain, p50', unit: 'ms', samples: at(samples.jobs, 'done') })
      ]
    })
}

/** The same for a container, beside `docker run` of the same image. */
export const jobDocker: Benchmark = {
  name: 'job-docker',
  about: 'a trivial container on the same network, the work after a confirmed open',
  async run({ quick = false } = {}): Promise<Measured[]> {
    const image = await busyboxImage()
    if ('missing' in image) {
      console.error(`job-docker skipped: ${image.missing}`)
      return []
    }
    try {
      return await withNetwork(async (_network, creator) => {
        const spec = { engine: { docker: { image: image.id, args: ['true'] } }, outputs: [] }
        const bare = () => exitOf('docker', ['run', '--rm', image.id, 'true'])
        return figuresOf(await inTurn(creator, spec, quick ? QUICK_JOBS : JOBS, bare), 'docker run', 150, 400)
      })
    } finally {
      await image.remove()
    }
  }
}
