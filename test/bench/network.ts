import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isEnd, type JobState, type SubmitRequest } from '../../node/http/views.ts'
import { type LocalNetwork, type LocalNode, type NodeSpec, startLocalNetwork } from '../../scripts/lib/local-network.ts'

const JOB_TIMEOUT_MS = 60_000

/** A chain, a relay, three providers and a creator as processes of their own, for as long as `work` takes. */
export async function withNetwork<T>(work: (network: LocalNetwork, creator: LocalNode) => Promise<T>): Promise<T> {
  const specs: NodeSpec[] = [
    { name: 'provider-1', roles: ['provider'], flags: ['--price-cpu-hour', '0.03'] },
    { name: 'provider-2', roles: ['provider'], flags: ['--price-cpu-hour', '0.01'] },
    { name: 'provider-3', roles: ['provider'], flags: ['--price-cpu-hour', '0.02'] },
    { name: 'creator', roles: ['creator'] }
  ]
  const dir = mkdtempSync(join(tmpdir(), 'dcn-bench-'))
  const network = await startLocalNetwork(dir, specs)
  try {
    const creator = network.nodes.get('creator') as LocalNode
    while ((await creator.client.offers()).length < 3) await new Promise(resolve => setTimeout(resolve, 20))
    return await work(network, creator)
  } finally {
    await network.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Runs one job; the milliseconds from the call to each state, by the node's clock on the same machine. */
export async function timeJob(
  { client }: LocalNode,
  spec: Record<string, unknown>,
  constraints?: SubmitRequest['constraints']
): Promise<Partial<Record<JobState, number>>> {
  const signal = AbortSignal.timeout(JOB_TIMEOUT_MS)
  const events = await client.events({ signal })
  const start = Date.now()
  const { id } = await client.submit({ spec, ...(constraints && { constraints }) }, { signal })
  for await (const event of events) {
    if (event.type !== 'job' || event.job.id !== id || !isEnd(event.job.state)) continue
    if (event.job.state !== 'done') throw new Error(`job ended as ${event.job.state}: ${event.job.reason ?? ''}`)
    return Object.fromEntries(event.job.phases.map(({ state, at }) => [state, at - start]))
  }
  throw new Error('the node stopped')
}
