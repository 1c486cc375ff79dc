import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { createTestClient, http } from 'viem'
import { LABELS } from '../../../node/engines/docker/names.ts'
import { type DealView, isEnd, type JobState, type JobView } from '../../../node/http/views.ts'
import { busyboxImage } from '../../../scripts/lib/docker-image.ts'
import {
  type LocalNetwork,
  type LocalNode,
  type NodeSpec,
  startLocalNetwork
} from '../../../scripts/lib/local-network.ts'
import { prepareBuild } from '../../../scripts/lib/prepare.ts'
import { type Process, stillAlive, withDescendants } from './processes.ts'
import { eventually } from './wait.ts'

/** How long a node takes a chain's lead over its own clock for given, with some margin. */
const LEAD_KEPT_MS = 1_200

let prepared: Promise<void> | undefined

/** Contracts and bundles, made once for all files of a run. */
export function built(): Promise<void> {
  prepared ??= prepareBuild(() => undefined)
  return prepared
}

/** A directory below the system's temporary one. */
export async function temporaryDir(): Promise<string> {
  return await mkdtemp(join(tmpdir(), 'dcn-e2e-'))
}

/** A private network of processes for one test file, its chain's clock, and the proof that nothing of it stays. */
export class Lab {
  readonly dir: string
  readonly network: LocalNetwork
  readonly #specs: Map<string, NodeSpec>
  readonly #undo: (() => Promise<unknown>)[] = []

  private constructor(dir: string, network: LocalNetwork, specs: NodeSpec[]) {
    this.dir = dir
    this.network = network
    this.#specs = new Map(specs.map(spec => [spec.name, spec]))
  }

  static async start(specs: NodeSpec[]): Promise<Lab> {
    await built()
    const dir = await temporaryDir()
    try {
      const network = await startLocalNetwork(dir, specs)
      return new Lab(dir, network, specs)
    } catch (error) {
      await rm(dir, { recursive: true, force: true })
      throw error
    }
  }

  node(name: string): LocalNode {
    const found = this.network.nodes.get(name)
    if (found === undefined) throw new Error(`there is no node ${name}`)
    return found
  }

  get names(): string[] {
    return [...this.network.nodes.keys()]
  }

  async add(spec: NodeSpec): Promise<LocalNode> {
    this.#specs.set(spec.name, spec)
    return await this.network.add(spec)
  }

  /** The same node again, on the same data directory. */
  async restart(name: string): Promise<LocalNode> {
    return await this.network.add(this.#specs.get(name) ?? { name, roles: [name] })
  }

  /** Undone when the lab stops, before the network does. */
  atEnd(undo: () => Promise<unknown>): void {
    this.#undo.unshift(undo)
  }

  /** Every node knows exactly these providers, each offer as its provider stated it last. */
  async everybodyKnows(providers: readonly string[], names: readonly string[] = this.names): Promise<void> {
    const own = async (name: string) => (await this.node(name).client.offers()).find(o => o.mine)?.id
    for (const name of names) {
      await eventually(`${name} knows the offers of ${providers.join(', ')}`, async () => {
        const stated = await Promise.all(providers.map(own))
        const known = (await this.node(name).client.offers()).map(o => o.id)
        return !stated.includes(undefined) && stated.sort().join() === known.sort().join()
      })
    }
  }

  /**
   * Moves the chain's clock on, as soon as the nodes of a job have forgotten what they knew of it when they agreed: the next
   * deal is to be made by the new time.
   */
  async pass(seconds: number, { phases }: Pick<JobView, 'phases'>): Promise<void> {
    const agreedAt = phases.find(p => p.state === 'agreed')?.at ?? 0
    await eventually('the time of the chain is asked anew', () => Date.now() > agreedAt + LEAD_KEPT_MS)
    const control = createTestClient({ mode: 'anvil', transport: http(this.network.anvil.url) })
    await control.increaseTime({ seconds })
    await control.mine({ blocks: 1 })
  }

  /** All that a node has in wallet, escrow and deals, smallest unit. */
  async money(name: string): Promise<bigint> {
    const { wallet, free, locked } = await this.node(name).client.wallet()
    return BigInt(wallet) + BigInt(free) + BigInt(locked)
  }

  /** Waits until a node's job is in one of these states. Fails at once when it ended otherwise. */
  async jobIs(name: string, id: string, ...states: JobState[]): Promise<JobView> {
    const job = await eventually(`job ${id} of ${name} is ${states.join(' or ')}`, async () => {
      const view = await this.node(name).client.job(id)
      return states.includes(view.state) || isEnd(view.state) ? view : undefined
    })
    if (!states.includes(job.state)) {
      const why = await this.node(name).client.why(id)
      assert.fail(`job ${id} is ${job.state}: ${JSON.stringify(why, null, 1)}`)
    }
    return job
  }

  /** Waits until a provider's side of a deal has come so far. */
  async dealIs(provider: string, deal: string | undefined, phase: string): Promise<DealView> {
    return await eventually(`deal ${deal} of ${provider} is ${phase}`, async () => {
      const found = (await this.node(provider).client.deals()).find(d => d.id === deal)
      if (found?.phase !== phase) throw new Error(`it is ${found?.phase}: ${found?.reason}`)
      return found
    })
  }

  /** Waits until a job runs, as both sides see it. */
  async jobRuns(name: string, id: string, provider: string): Promise<JobView> {
    const job = await this.jobIs(name, id, 'running')
    await this.dealIs(provider, job.deal, 'running')
    return job
  }

  async file(name: string, id: string, path: string): Promise<string> {
    const { dir = '' } = await this.node(name).client.job(id)
    return readFileSync(join(dir, path), 'utf8')
  }

  /** Containers that belong to a node. @param all those that do not run, too */
  async containers(name: string, all = true): Promise<string[]> {
    return await containersOf(this.node(name).ready.peerId, all)
  }

  /** A busybox image for this lab alone. */
  async image(): Promise<string | { missing: string }> {
    const made = await busyboxImage(new Docker(), this.dir)
    if ('missing' in made) return made
    this.atEnd(made.remove)
    return made.id
  }

  /** Stops everything and checks that no process, container, mount or file is left. */
  async stop(): Promise<void> {
    const { anvil, nodes } = this.network
    const peers = [...nodes.values()].map(node => node.ready.peerId)
    const started = withDescendants([anvil.pid, ...[...nodes.values()].flatMap(node => node.process.pid ?? [])])
    try {
      for (const undo of this.#undo.splice(0)) await undo()
    } finally {
      await this.network.stop()
    }
    await nothingLeft(this.dir, started, peers)
  }
}

/** Checks that processes have ended and that no container or mount of theirs is there; then removes their directory. */
export async function nothingLeft(dir: string, started: readonly Process[], peers: readonly string[]): Promise<void> {
  // a child may end a moment after its parent
  await eventually('every process has ended', () => stillAlive(started).length === 0, 10_000).catch(() => {
    assert.deepEqual(stillAlive(started), [], 'processes are left')
  })
  for (const peer of peers) assert.deepEqual(await containersOf(peer), [], 'containers are left')
  assert.ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes(dir), 'mounts are left')
  await rm(dir, { recursive: true, force: true })
  assert.ok(!existsSync(dir))
}

async function containersOf(peer: string, all = true): Promise<string[]> {
  const docker = new Docker()
  const engine = await docker.ping().catch(() => undefined)
  if (engine === undefined) return []
  const found = await docker.listContainers({ all, filters: { label: [`${LABELS.node}=${peer}`] } })
  return found.map(c => c.Id)
}
