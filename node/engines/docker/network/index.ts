import type Docker from 'dockerode'
import type { JobSpec, Needs } from '../../../../protocols/job/schema.ts'
import { isJob, LABELS } from '../names.ts'
import { type JobNetwork, openAllowList, removeHolder, reopenAllowList } from './allow-list.ts'
import { forwardingLacks } from './forward.ts'
import { FullNetwork, fullLacks, PUBLIC_DNS } from './full.ts'
import type { ProxyLimits } from './proxy.ts'
import type { AddressRules } from './resolve.ts'

export type { JobNetwork } from './allow-list.ts'
export type NetworkKind = Needs['network']

export interface JobNetworksInit {
  docker: Docker
  nodeId: string
  user: { uid: number; gid: number }
  runtime?: string | undefined
  /** what the operator lets jobs have */
  wanted: readonly NetworkKind[]
  /** who jobs may reach: for tests, which have no public addresses */
  rules?: (AddressRules & { blocked?: readonly string[] }) | undefined
  limits?: ProxyLimits | undefined
}

export interface AvailableNetworks {
  kinds: NetworkKind[]
  /** what the operator wants and the host cannot do */
  lacking: string[]
}

/** A sandbox with a network stack of its own does not see the loopback that the proxy is on. */
const SHARES_NAMESPACES = /^(runc|crun|nvidia|io\.containerd\.runc\.v\d)$/
const nothing = async (): Promise<void> => undefined
const NO_NETWORK: JobNetwork = { mode: 'none', env: {}, remove: nothing, detach: nothing }

/** The networks that jobs on this engine can have. */
export class JobNetworks {
  readonly #init: JobNetworksInit
  readonly #full: FullNetwork
  readonly #open = new Set<JobNetwork>()
  #isStopped = false
  #available: Promise<AvailableNetworks> | undefined

  constructor(init: JobNetworksInit) {
    this.#init = init
    this.#full = new FullNetwork(init.docker, init.nodeId, init.rules?.blocked)
  }

  available(runtime = 'runc'): Promise<AvailableNetworks> {
    this.#available ??= this.#look(runtime)
    return this.#available
  }

  async #look(runtime: string): Promise<AvailableNetworks> {
    const checks: Record<'allow' | 'full', () => Promise<string | undefined>> = {
      allow: async () =>
        SHARES_NAMESPACES.test(runtime) ? forwardingLacks() : `allow-lists do not work with ${runtime}`,
      full: fullLacks
    }
    const found: AvailableNetworks = { kinds: ['none'], lacking: [] }
    for (const kind of ['allow', 'full'] as const) {
      if (!this.#init.wanted.includes(kind)) continue
      const why = await checks[kind]()
      if (why === undefined) found.kinds.push(kind)
      else found.lacking.push(`no network "${kind}" for jobs: ${why}`)
    }
    return found
  }

  /** Before a job's container is made. */
  async open(network: JobSpec['network'], id: string): Promise<JobNetwork> {
    if (network === 'none') return NO_NETWORK
    if (typeof network === 'object') return await this.#hold(await openAllowList(this.#allowList(network.allow, id)))
    await this.#full.ensure()
    return { ...NO_NETWORK, mode: this.#full.name, dns: PUBLIC_DNS }
  }

  /** For a container that an earlier process started: what has to be there beside it. */
  async reopen(network: JobSpec['network'], id: string): Promise<JobNetwork> {
    // whoever reloaded the firewall meanwhile took the rules away
    if (network === 'full') await this.#full.ensure()
    if (typeof network !== 'object') return NO_NETWORK
    const found = await reopenAllowList(this.#allowList(network.allow, id))
    if (found !== undefined) return this.#hold(found)
    // what has ended with the host is still to be removed
    const { docker, nodeId } = this.#init
    return { ...NO_NETWORK, remove: () => removeHolder(docker, nodeId, id) }
  }

  /** Until it is removed or this process lets go of it. */
  async #hold(network: JobNetwork): Promise<JobNetwork> {
    // its proxy would keep this process from ending
    if (this.#isStopped) await network.detach()
    else this.#open.add(network)
    const remove = async (): Promise<void> => {
      this.#open.delete(network)
      await network.remove()
    }
    return { ...network, remove }
  }

  /** Removes the networks of jobs that nobody keeps. */
  async sweep(keep: readonly string[]): Promise<void> {
    const { docker, nodeId, wanted } = this.#init
    const label = [`${LABELS.node}=${nodeId}`, LABELS.holderOf]
    for (const { Labels } of await docker.listContainers({ all: true, filters: { label } })) {
      const id = Labels[LABELS.holderOf] ?? ''
      if (!isJob({ Labels }) && !keep.includes(id)) await removeHolder(docker, nodeId, id)
    }
    if (!wanted.includes('full')) await this.#full.removeUnused().catch(() => undefined)
  }

  /** Jobs that are left to be adopted keep theirs. */
  async stop(): Promise<void> {
    this.#isStopped = true
    for (const network of this.#open) await network.detach()
    this.#open.clear()
    if (this.#init.wanted.includes('full')) await this.#full.removeUnused().catch(() => undefined)
  }

  #allowList(allow: readonly string[], id: string) {
    const { docker, nodeId, user, runtime, rules, limits } = this.#init
    return { docker, nodeId, id, allow, user, runtime, rules, limits }
  }
}

/** A network as the label of a container has it; names of hosts have no commas. */
export const networkLabel = (network: JobSpec['network']): string =>
  typeof network === 'object' ? network.allow.join(',') : network

export function networkOf(label: string): JobSpec['network'] {
  if (label === 'none' || label === 'full') return label
  const allow = label.split(',').filter(Boolean)
  return allow.length === 0 ? 'none' : { allow }
}
