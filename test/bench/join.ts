import { exitOf, JS } from './jobs.ts'
import { type Benchmark, figure, times } from './measure.ts'
import { timeJob, withNetwork } from './network.ts'

const STARTS = 7
const MS_PER_SEC = 1_000

/** A person's first minute: a new node on a network that runs, from its command to a provider that has signed. */
export const join: Benchmark = {
  name: 'join',
  about: 'a fresh creator: command → API ready → first job agreed',
  run: () =>
    withNetwork(async network => {
      const [ready, agreed]: [number[], number[]] = [[], []]
      for (let i = 0; i < STARTS; i++) {
        const start = performance.now()
        const node = await network.add({ name: `fresh-${i}`, roles: ['creator'] })
        const readyMs = performance.now() - start
        const job = await timeJob(node, JS)
        ready.push(readyMs / MS_PER_SEC)
        agreed.push((readyMs + (job.agreed ?? Number.NaN)) / MS_PER_SEC)
        await node.stop()
        network.nodes.delete(node.name)
      }
      const bare = (await times(STARTS, () => exitOf(process.execPath, ['-e', '0']))).map(ms => ms / MS_PER_SEC)
      const baseline = { what: 'node -e 0', samples: bare }
      return [
        figure({
          name: 'join',
          metric: 'command → API ready, keys made and account funded',
          unit: 's',
          samples: ready,
          baseline,
          target: { text: '≤ 1.5 s', holds: value => value <= 1.5 }
        }),
        figure({
          name: 'join',
          metric: 'command → first job agreed',
          unit: 's',
          samples: agreed,
          baseline,
          target: { text: '≤ 5 s', holds: value => value <= 5 }
        })
      ]
    })
}
