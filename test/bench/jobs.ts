import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { busyboxImage } from '../../scripts/lib/docker-image.ts'
import { type Benchmark, type Figure, figure, percentile, times } from './measure.ts'
import { timeJob, withNetwork } from './network.ts'

const WARM_UP = 3
const JS_JOBS = 30
const DOCKER_JOBS = 12
export const JS = { engine: { js: { source: 'export default () => 0' } }, outputs: [] }

export const exitOf = async (command: string, args: string[]) => {
  const [code] = await once(spawn(command, args, { stdio: 'ignore' }), 'exit')
  if (code !== 0) throw new Error(`${command} ended with ${code}`)
}

/** submit → both signatures, and submit → files on the creator's disk, for a trivial js job. */
export const jobJs: Benchmark = {
  name: 'job-js',
  about: 'a trivial js job on a quiet network of separate processes',
  run: () =>
    withNetwork(async (_network, creator) => {
      for (let i = 0; i < WARM_UP; i++) await timeJob(creator, JS)
      const jobs: Awaited<ReturnType<typeof timeJob>>[] = []
      for (let i = 0; i < JS_JOBS; i++) jobs.push(await timeJob(creator, JS))
      const roundTrip = (await creator.client.peers()).flatMap(peer => peer.rttMs ?? [])
      const fork = await times(10, () => exitOf(process.execPath, ['-e', '0']))
      const at = (state: 'agreed' | 'settling' | 'done') => jobs.map(job => job[state] ?? Number.NaN)
      return [
        figure({
          name: 'agree',
          metric: 'submit → both signatures, p50',
          unit: 'ms',
          samples: at('agreed'),
          baseline: { what: 'one libp2p round trip', samples: roundTrip },
          target: { text: '≤ 25 ms', holds: value => value <= 25 }
        }),
        figure({
          name: 'job-js',
          metric: "submit → files on the creator's disk, p50",
          unit: 'ms',
          samples: at('settling'),
          baseline: { what: 'node -e 0', samples: fork },
          target: { text: '≤ 300 ms', holds: value => value <= 300 }
        }),
        figure({
          name: 'job-js',
          metric: 'submit → settled on chain, p50',
          unit: 'ms',
          samples: at('done'),
          baseline: { what: 'node -e 0', samples: fork }
        })
      ]
    })
}

/** The same for a container, beside `docker run` of the same image. */
export const jobDocker: Benchmark = {
  name: 'job-docker',
  about: 'a trivial container, work after a confirmed open',
  async run(): Promise<Figure[]> {
    const image = await busyboxImage()
    if ('missing' in image) {
      console.error(`job-docker skipped: ${image.missing}`)
      return []
    }
    try {
      return await withNetwork(async (_network, creator) => {
        const spec = { engine: { docker: { image: image.id, args: ['true'] } }, outputs: [] }
        for (let i = 0; i < WARM_UP; i++) await timeJob(creator, spec)
        const jobs: number[] = []
        for (let i = 0; i < DOCKER_JOBS; i++) jobs.push((await timeJob(creator, spec)).settling ?? Number.NaN)
        const bare = await times(DOCKER_JOBS, () => exitOf('docker', ['run', '--rm', image.id, 'true']))
        const added = jobs.map(ms => ms - percentile(bare, 0.5))
        return [
          figure({
            name: 'job-docker',
            metric: "submit → result on the creator's disk, p50",
            unit: 'ms',
            samples: jobs,
            baseline: { what: 'docker run of the same image', samples: bare }
          }),
          figure({
            name: 'job-docker',
            metric: 'added to docker run, p50',
            unit: 'ms',
            samples: added,
            target: { text: '≤ 150 ms', holds: value => value <= 150 }
          })
        ]
      })
    } finally {
      await image.remove()
    }
  }
}
