import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NodeApi } from '../../node/http/api.ts'
import { isEnd, type JobState, type SubmitRequest } from '../../node/http/views.ts'
import { startSwarmNode } from './swarm-node.ts'
import type { FromWorker } from './swarm-worker.ts'

/** Providers in one process: each costs 1 % of a core when it is idle, and a process has one thread. */
const PER_PROCESS = 50
/** The last of two hundred nodes hears of all the others in this time. */
const SETTLE_MS = 900_000
/** Nodes that have just met still talk: a network counts as idle below this share of a core for each process. */
const IDLE_CPU = 0.6
const JOB_TIMEOUT_MS = 60_000

interface Worker {
  process: ChildProcess
  addrs: string[]
  /** share of one core over the last second */
  cpu: number
}

/**
 * A network of `count` nodes on this machine without a chain: the creator in this process, the providers of the noop engine
 * in others, so that what is timed is the work for a job and not the waiting for the thread of two hundred idle nodes. The
 * first provider is the bootstrap of all: the creator has to find the rest like any other node.
 */
export async function withSwarm<T>(count: number, work: (creator: NodeApi) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'dcn-swarm-'))
  const workers: Worker[] = []
  const add = async (nodes: number, bootstrap: string[]): Promise<Worker> => {
    const worker = await startWorker(join(dir, `worker-${workers.length}`), nodes, bootstrap)
    workers.push(worker)
    return worker
  }
  try {
    const providers = count - 1
    const { addrs } = await add(Math.min(providers, PER_PROCESS), [])
    for (let left = providers - PER_PROCESS; left > 0; left -= PER_PROCESS) {
      await add(Math.min(left, PER_PROCESS), addrs)
    }
    const creator = await startSwarmNode(join(dir, 'creator'), 'creator', addrs)
    try {
      await settled(creator.api, workers, providers)
      return await work(creator.api)
    } finally {
      await creator.stop()
    }
  } finally {
    await Promise.all(workers.map(stopWorker))
    await rm(dir, { recursive: true, force: true })
  }
}

async function startWorker(dir: string, nodes: number, bootstrap: string[]): Promise<Worker> {
  const path = join(import.meta.dirname, 'swarm-worker.ts')
  const child = fork(path, [dir, String(nodes), ...bootstrap], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const worker: Worker = { process: child, addrs: [], cpu: 1 }
  const ready = new Promise<void>((resolve, reject) => {
    child.once('exit', code => reject(new Error(`a process of the swarm ended with ${code}`)))
    child.on('message', (message: FromWorker) => {
      if ('cpu' in message) worker.cpu = message.cpu
      else {
        worker.addrs = message.ready
        resolve()
      }
    })
  })
  await ready
  return worker
}

async function stopWorker({ process: child }: Worker): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.disconnect()
  await exited
}

/** Every offer has arrived, and the nodes have said what they had to say to each other. */
async function settled(api: NodeApi, workers: Worker[], offers: number): Promise<void> {
  const deadline = Date.now() + SETTLE_MS
  for (;;) {
    const known = (await api.offers()).length
    if (known === offers && workers.every(w => w.cpu < IDLE_CPU)) return
    if (Date.now() > deadline) {
      const load = workers.map(w => w.cpu.toFixed(2)).join(', ')
      throw new Error(`the network does not come to rest: ${known} of ${offers} offers, load ${load}`)
    }
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

export const NOOP = { engine: { noop: {} }, outputs: [] }

/** Milliseconds from the call to each state of a job, to a fraction. @throws what `submit` throws */
export async function timeSwarmJob(
  api: NodeApi,
  request: SubmitRequest = { spec: NOOP }
): Promise<Partial<Record<JobState, number>>> {
  const refused = new AbortController()
  const events = api.events({ signal: AbortSignal.any([refused.signal, AbortSignal.timeout(JOB_TIMEOUT_MS)]) })
  const seen: Partial<Record<JobState, number>> = {}
  const start = performance.now()
  const submitting = api.submit(request)
  submitting.catch(() => refused.abort())
  for await (const event of events) {
    if (event.type !== 'job' || event.job.id !== (await submitting).id) continue
    seen[event.job.state] ??= performance.now() - start
    if (!isEnd(event.job.state)) continue
    if (event.job.state !== 'done') throw new Error(`job ended as ${event.job.state}: ${event.job.reason ?? ''}`)
    return seen
  }
  await submitting
  throw new Error('the job took too long')
}
