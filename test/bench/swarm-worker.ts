// A process full of providers: `swarm-worker.ts DIR COUNT BOOTSTRAP…`. Tells its addresses and its load, ends with its parent.
import { join } from 'node:path'
import type { DcnNode } from '../../node/node.ts'
import { startSwarmNode } from './swarm-node.ts'

export type FromWorker = { ready: string[] } | { cpu: number }

const LOAD_EVERY_MS = 1_000

const [dir = '', count = '0', ...bootstrap] = process.argv.slice(2)
const nodes: DcnNode[] = []
const tell = (message: FromWorker): void => void process.send?.(message)

async function stop(): Promise<void> {
  for (const node of nodes.toReversed()) await node.stop()
  process.exit()
}

let addrs: string[] = []
for (let i = 0; i < Number(count); i++) {
  const known = bootstrap.length > 0 ? bootstrap : addrs
  nodes.push(await startSwarmNode(join(dir, String(i)), 'provider', known))
  if (i === 0) addrs = (await nodes[0]?.api.info())?.addrs ?? []
}
tell({ ready: addrs })

let before = process.cpuUsage()
const telling = setInterval(() => {
  const { user, system } = process.cpuUsage(before)
  before = process.cpuUsage()
  tell({ cpu: (user + system) / 1000 / LOAD_EVERY_MS })
}, LOAD_EVERY_MS)
process.once('disconnect', () => {
  clearInterval(telling)
  void stop()
})
