import { dirname, join as joinPath } from 'node:path'
import { CLIENT, type LocalNetwork, type LocalNode } from '../../scripts/lib/local-network.ts'
import { exitOf, JS } from './jobs.ts'
import { atMost, type Benchmark, figure, times } from './measure.ts'
import { timeJob, withNetwork } from './network.ts'

const STARTS = 7
/** New providers, one after the other. */
const HOSTS = 5
const MS_PER_SEC = 1_000

/** A new provider from `dcn network join` to the end of the first job that it ran for somebody; seconds of each step. */
async function firstServed(network: LocalNetwork, creator: LocalNode, name: string) {
  const dataDir = joinPath(dirname(creator.dataDir), name)
  const start = performance.now()
  const sinceSec = () => (performance.now() - start) / MS_PER_SEC
  await exitOf(process.execPath, [
    CLIENT,
    'network',
    'join',
    network.invite,
    '--data-dir',
    dataDir,
    '--insecure-dev-keys'
  ])
  const joined = sinceSec()
  // the data directory names the network: no invite is given again
  const node = await network.resume({ name, roles: ['provider'] })
  const isHere = async () => (await creator.client.offers()).some(offer => offer.account === node.ready.account)
  while (!(await isHere())) await new Promise(resolve => setTimeout(resolve, 5))
  await timeJob(creator, JS, { target: node.ready.account as `0x${string}` })
  const served = sinceSec()
  await node.stop()
  network.nodes.delete(name)
  return { joined, served }
}

/** A person's first minute: a new node on a network that runs, from its command to a provider that has signed. */
export const join: Benchmark = {
  name: 'join',
  about:
    'a fresh creator: command → API ready → first job agreed; a fresh provider: dcn network join → first job served',
  run: ({ quick = false } = {}) =>
    withNetwork(async (network, creator) => {
      const [ready, agreed]: [number[], number[]] = [[], []]
      for (let i = 0; i < (quick ? 1 : STARTS); i++) {
        const start = performance.now()
        const node = await network.add({ name: `fresh-${i}`, roles: ['creator'] })
        const readyMs = performance.now() - start
        const job = await timeJob(node, JS)
        ready.push(readyMs / MS_PER_SEC)
        agreed.push((readyMs + (job.agreed ?? Number.NaN)) / MS_PER_SEC)
        await node.stop()
        network.nodes.delete(node.name)
      }
      const served: Awaited<ReturnType<typeof firstServed>>[] = []
      for (let i = 0; i < (quick ? 1 : HOSTS); i++) served.push(await firstServed(network, creator, `host-${i}`))
      const bare = (await times(STARTS, () => exitOf(process.execPath, ['-e', '0']))).map(ms => ms / MS_PER_SEC)
      const baseline = { what: 'node -e 0', samples: bare }
      return [
        figure({
          metric: 'command → API ready, keys made and account funded',
          unit: 's',
          samples: ready,
          baseline,
          target: atMost(1.5, 's')
        }),
        figure({
          metric: 'command → first job agreed',
          unit: 's',
          samples: agreed,
          baseline,
          target: atMost(5, 's')
        }),
        figure({
          metric: 'dcn network join: keys made, invite checked and kept',
          unit: 's',
          samples: served.map(s => s.joined),
          baseline
        }),
        figure({
          metric: 'dcn network join → first job served by the new provider',
          unit: 's',
          samples: served.map(s => s.served),
          baseline,
          target: atMost(10, 's')
        })
      ]
    })
}
