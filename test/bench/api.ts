import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { findNode } from '../../node/http/client.ts'
import { requestsPerSecond } from './api-load.ts'
import { atLeast, type Benchmark, figure } from './measure.ts'
import { withNetwork } from './network.ts'

const ROUND_MS = 1_500
const WARM_UP_MS = 1_000
const ROUNDS = 5
const MIN_PER_SECOND = 2_000
/** computes for a minute and says something now and then */
const BUSY = `export default () => {
  for (const end = Date.now() + 60_000; Date.now() < end; ) { let x = 0; for (let i = 0; i < 1e7; i++) x += i; console.log(x) }
}`

/** How often one job can be asked for while it runs; the node has one core, like the server that it is compared with. */
export const api: Benchmark = {
  name: 'api',
  about: 'GET /jobs/ID of a running job, 16 connections, the node on one core',
  run: () =>
    withNetwork(async (_network, creator) => {
      const { url, token } = await findNode(creator.dataDir)
      const { id } = await creator.client.submit({ spec: { engine: { js: { source: BUSY } }, timeout: '2m' } })
      while ((await creator.client.job(id)).state !== 'running') await new Promise(resolve => setTimeout(resolve, 20))
      const path = `/api/v1/jobs/${id}`
      const headers = { authorization: `Bearer ${token}` }
      const body = await (await fetch(`${url}${path}`, { headers })).text()
      const bare = await bareServer(body)
      try {
        pin(creator.process.pid)
        pin(bare.pid)
        const samples = { node: [] as number[], bare: [] as number[] }
        await requestsPerSecond(`${url}${path}`, headers, WARM_UP_MS)
        await requestsPerSecond(`${bare.url}${path}`, headers, WARM_UP_MS)
        // in turn, so that what else the machine does falls on both
        for (let round = 0; round < ROUNDS; round++) {
          samples.node.push(await requestsPerSecond(`${url}${path}`, headers, ROUND_MS))
          samples.bare.push(await requestsPerSecond(`${bare.url}${path}`, headers, ROUND_MS))
        }
        if ((await creator.client.job(id)).state !== 'running') throw new Error('the job ended too soon')
        return [
          figure({
            metric: `GET /jobs/ID (${body.length} bytes) beside a running job, the node on one core`,
            unit: '/s',
            samples: samples.node,
            baseline: { what: 'bare fastify with the same bytes', samples: samples.bare },
            target: atLeast(MIN_PER_SECOND, '/s')
          })
        ]
      } finally {
        bare.stop()
      }
    })
}

async function bareServer(body: string): Promise<{ url: string; pid: number | undefined; stop(): void }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'bare-fastify.ts')], {
    stdio: ['pipe', 'pipe', 'inherit']
  })
  child.stdin.end(body)
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { url: line.toString().trim(), pid: child.pid, stop: () => void child.kill() }
}

/** On its last core alone, with all its threads. */
function pin(pid: number | undefined): void {
  const { status } = spawnSync('taskset', ['-acp', String(cpus().length - 1), String(pid)])
  if (status !== 0) throw new Error('taskset is needed (util-linux)')
}
