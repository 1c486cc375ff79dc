import type { CID } from 'multiformats/cid'
import { TooLargeError } from '../../../protocols/common/errors.ts'
import type { NetworkDocument } from '../../../protocols/common/network-document.ts'
import type { Address } from '../../../protocols/common/values.ts'
import { asCid } from '../../../protocols/job/file-engine.ts'
import {
  decodeIndex,
  encodeIndex,
  INDEX_LIMITS,
  type IndexEntry,
  withVersion,
  withYanked
} from '../../../protocols/modules/registry-index.ts'
import type { AbortOptions, Clock } from '../../components.ts'
import { withDeadline } from '../../network/deadline.ts'
import type { Storage } from '../../storage/storage.ts'
import type { ModuleName, ModuleRegistry, ModuleVersion, NewVersion } from './registry.ts'

export interface DocumentRegistryComponents {
  keeper: {
    readonly document: NetworkDocument
    readonly isOwner: boolean
    /** @throws NotOwnerError */
    changeModules(cid: string): Promise<unknown>
  }
  storage: Pick<Storage, 'getBlock' | 'putBlock' | 'pin' | 'unpinAll'>
  /** of this node */
  account: Address
  clock: Clock
}

const ownerOf = (cid: string): string => `module index ${cid}`
const FETCH_TIMEOUT_MS = 30_000
/** There is no transaction: the revision of the document is what others see. */
const NO_TRANSACTION = { transaction: `0x${'00'.repeat(32)}` } as const

/**
 * The registry of a network without a chain: a list in the content store, whose CID the network's owner signs with the network
 * document. Every member reads it; only the owner's node writes it, because nobody else could say who was first.
 */
export class DocumentRegistry implements ModuleRegistry {
  readonly #c: DocumentRegistryComponents
  #changing: Promise<unknown> = Promise.resolve()
  #kept: string | undefined

  constructor(components: DocumentRegistryComponents) {
    this.#c = components
  }

  publish({ name, version, cid, description, licence }: NewVersion, options: AbortOptions = {}) {
    return this.#change(entries => {
      const { account, clock } = this.#c
      const publishedAt = Math.floor(clock.nowMs() / 1000)
      const parsed = asCid(cid)
      if (parsed === undefined) return entries
      return withVersion(entries, {
        name,
        version,
        cid: parsed,
        account,
        publishedAt,
        yanked: false,
        description,
        licence
      })
    }, options)
  }

  setYanked(name: string, version: string, yanked: boolean, options: AbortOptions = {}) {
    return this.#change(entries => withYanked(entries, name, version, yanked), options)
  }

  async find(name: string, version: string, options: AbortOptions = {}): Promise<ModuleVersion | undefined> {
    return (await this.versions(name, options)).find(found => found.version === version)
  }

  async versions(name: string, options: AbortOptions = {}): Promise<ModuleVersion[]> {
    const entries = await this.#entries(options)
    return entries
      .filter(entry => entry.name === name)
      .map(viewOf)
      .reverse()
  }

  async names(options: AbortOptions = {}): Promise<ModuleName[]> {
    const all = (await this.#entries(options)).map(viewOf).reverse()
    const byName = Map.groupBy(all, ({ name }) => name)
    return [...byName].flatMap(([name, versions]) => {
      const [last] = versions
      const newest = versions.find(({ yanked }) => !yanked) ?? last
      return newest === undefined ? [] : [{ name, owner: newest.account, versions: versions.length, newest }]
    })
  }

  async #entries({ signal }: AbortOptions): Promise<IndexEntry[]> {
    const { keeper, storage } = this.#c
    const cid = asCid(keeper.document.moduleIndex ?? '')
    if (cid === undefined) return []
    const bytes = await withDeadline('fetch the module index', FETCH_TIMEOUT_MS, signal, within =>
      storage.getBlock(cid, { maxBytes: INDEX_LIMITS.bytes, signal: within })
    )
    const entries = decodeIndex(bytes)
    await this.#keep(cid)
    return entries
  }

  /** Members that have the list serve it while the owner sleeps; the one before goes only when the new one is kept. */
  async #keep(cid: CID): Promise<void> {
    const now = cid.toString()
    const before = this.#kept
    if (before === now) return
    await this.#c.storage.pin(cid, ownerOf(now), { announce: true })
    this.#kept = now
    if (before !== undefined) await this.#c.storage.unpinAll(ownerOf(before))
  }

  /** One after the other: two changes of one list would lose one. */
  #change(
    make: (entries: IndexEntry[]) => IndexEntry[],
    options: AbortOptions
  ): Promise<{ transaction: `0x${string}` }> {
    const done = this.#changing.then(async () => {
      const { keeper, storage } = this.#c
      // who may not sign is told so before anything else
      if (!keeper.isOwner) await keeper.changeModules(keeper.document.moduleIndex ?? '')
      const block = encodeIndex(make(await this.#entries(options)))
      if (block.bytes.byteLength > INDEX_LIMITS.bytes) {
        throw new TooLargeError('module index (bytes)', block.bytes.byteLength, INDEX_LIMITS.bytes)
      }
      await storage.putBlock(block, options)
      await this.#keep(block.cid)
      await keeper.changeModules(block.cid.toString())
      return NO_TRANSACTION
    })
    this.#changing = done.catch(() => undefined)
    return done
  }
}

const viewOf = ({ cid, ...rest }: IndexEntry): ModuleVersion => ({ ...rest, cid: cid.toString() })
