import { readFileSync } from 'node:fs'
import type { LocalNode } from '../../scripts/lib/local-network.ts'
import { type Benchmark, figure } from './measure.ts'
import { withNetwork } from './network.ts'

const STARTS = 5
const IDLE_MS = 5_000
const KIB_PER_MIB = 1024

/** Memory of a node with nothing to do, and how long a new one takes from its command to its first word. */
export const idle: Benchmark = {
  name: 'idle',
  about: 'an idle node, and the start of a new one',
  run: () =>
    withNetwork(async network => {
      const starts: number[] = []
      for (let i = 0; i < STARTS; i++) {
        const start = performance.now()
        const node = await network.add({ name: `late-${i}`, roles: ['creator'] })
        starts.push((performance.now() - start) / 1000)
        await node.stop()
        network.nodes.delete(node.name)
      }
      await new Promise(resolve => setTimeout(resolve, IDLE_MS))
      const memory = [...network.nodes.values()].map(rssMiB)
      return [
        figure({
          name: 'idle',
          metric: 'resident memory of an idle node',
          unit: 'MiB',
          samples: memory,
          target: { text: '≤ 200 MiB', holds: value => value <= 200 }
        }),
        figure({
          name: 'start',
          metric: 'command → ready, keys made and account funded',
          unit: 's',
          samples: starts,
          target: { text: '≤ 3 s', holds: value => value <= 3 }
        })
      ]
    })
}

function rssMiB({ process: child }: LocalNode): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / KIB_PER_MIB
}
