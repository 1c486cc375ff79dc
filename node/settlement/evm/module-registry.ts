import { randomUUID } from 'node:crypto'
import { encodeFunctionData } from 'viem'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { AbortOptions } from '../../components.ts'
import {
  type ModuleName,
  type ModuleRegistry,
  type ModuleVersion,
  type NewVersion,
  REGISTRY_LIMITS
} from '../../modules/registry/registry.ts'
import { lower } from '../typed-data.ts'
import type { CourtHost } from './court.ts'
import { moduleRegistryAbi } from './generated/module-registry.ts'
import { digestOf, newestFirst, versionOf } from './module-registry-reads.ts'
import type { Proof } from './receipt-check.ts'

export type RegistryHost = Pick<CourtHost, 'chain' | 'send' | 'check' | 'ask'>

/** The network's names of modules on its chain; read by pages, so that no endpoint's limit on logs matters. */
export class EvmModuleRegistry implements ModuleRegistry {
  readonly #at: { address: Address; abi: typeof moduleRegistryAbi }
  readonly #host: RegistryHost

  constructor(address: Address, host: RegistryHost) {
    this.#at = { address, abi: moduleRegistryAbi }
    this.#host = host
  }

  publish(
    { name, version, cid, description, licence }: NewVersion,
    options: AbortOptions = {}
  ): Promise<{ transaction: Hex }> {
    const digest = digestOf(cid)
    const args = [name, version, digest, description, licence] as const
    const data = encodeFunctionData({ ...this.#at, functionName: 'publish', args })
    const proof: Proof = async (client, { blockNumber }) => {
      const found = await client.readContract({ ...this.#at, functionName: 'find', args: [name, version], blockNumber })
      return found.digest === digest
    }
    return this.#send(`module-publish:${randomUUID()}`, data, proof, options)
  }

  setYanked(name: string, version: string, yanked: boolean, options: AbortOptions = {}): Promise<{ transaction: Hex }> {
    const data = encodeFunctionData({ ...this.#at, functionName: 'setYanked', args: [name, version, yanked] })
    const proof: Proof = async (client, { blockNumber }) => {
      const found = await client.readContract({ ...this.#at, functionName: 'find', args: [name, version], blockNumber })
      return found.yanked === yanked
    }
    return this.#send(`module-yank:${randomUUID()}`, data, proof, options)
  }

  async find(name: string, version: string, { signal }: AbortOptions = {}): Promise<ModuleVersion | undefined> {
    const { chain, ask } = this.#host
    const args = [name, version] as const
    const found = await ask(chain.client.readContract({ ...this.#at, functionName: 'find', args }), signal)
    return /^0x0*$/.test(found.account) ? undefined : versionOf(name, found)
  }

  async versions(name: string, { signal }: AbortOptions = {}): Promise<ModuleVersion[]> {
    const { client } = this.#host.chain
    const all = async (): Promise<ModuleVersion[]> => {
      const count = await client.readContract({ ...this.#at, functionName: 'versionCount', args: [name] })
      const found = await newestFirst(Number(count), REGISTRY_LIMITS.versions, (from, most) =>
        client.readContract({ ...this.#at, functionName: 'versionsFrom', args: [name, from, most] })
      )
      return found.map(version => versionOf(name, version))
    }
    return await this.#host.ask(all(), signal)
  }

  async names({ signal }: AbortOptions = {}): Promise<ModuleName[]> {
    const { client } = this.#host.chain
    const all = async (): Promise<ModuleName[]> => {
      const count = await client.readContract({ ...this.#at, functionName: 'nameCount' })
      const found = await newestFirst(Number(count), REGISTRY_LIMITS.names, (from, most) =>
        client.readContract({ ...this.#at, functionName: 'namesFrom', args: [from, most] })
      )
      return found.map(({ name, owner, versions, newest }) => ({
        ...{ name, owner: lower(owner), versions: Number(versions) },
        newest: versionOf(name, newest)
      }))
    }
    return await this.#host.ask(all(), signal)
  }

  async #send(key: string, data: Hex, proof: Proof, options: AbortOptions): Promise<{ transaction: Hex }> {
    const mined = await this.#host.send(key, data, options, this.#at.address)
    const { transaction } = await this.#host.check(key, mined, proof, options)
    return { transaction }
  }
}
