import assert from 'node:assert/strict'
import { CID } from 'multiformats/cid'
import { cidOfFiles } from '../../../../node/modules/cid.ts'
import { DocumentRegistry } from '../../../../node/modules/registry/document-registry.ts'
import type { ModuleRegistry, ModuleVersion } from '../../../../node/modules/registry/registry.ts'
import { checkSeen } from '../../../../node/modules/registry/seen.ts'
import { registryModules } from '../../../../node/modules/registry/source.ts'
import { UserError } from '../../../../protocols/common/errors.ts'
import type { NetworkDocument } from '../../../../protocols/common/network-document.ts'
import { parseModuleName } from '../../../../protocols/modules/names.ts'
import { decodeIndex, encodeIndex, INDEX_LIMITS, withVersion } from '../../../../protocols/modules/registry-index.ts'

const ALICE = `0x${'a1'.repeat(20)}` as const
const BOB = `0x${'b0'.repeat(20)}` as const
const named = (name: string) => (error: unknown) => {
  assert.ok(error instanceof UserError, String(error))
  assert.equal(error.name, name, error.message)
  return true
}

/** A network's document and a content store; what the keeper's signature decides is `isOwner`. */
function network() {
  const blocks = new Map<string, Uint8Array>()
  const shared = { document: {} as NetworkDocument, isOwner: true, changes: 0 }
  const keeper = {
    get document() {
      return shared.document
    },
    get isOwner() {
      return shared.isOwner
    },
    async changeModules(moduleIndex: string) {
      if (!shared.isOwner) throw new UserError('NotOwnerError', 'not the owner')
      shared.changes++
      shared.document = { ...shared.document, moduleIndex }
    }
  }
  const storage = {
    getBlock: async (cid: CID) => blocks.get(cid.toString()) ?? assert.fail(`no ${cid}`),
    putBlock: async ({ cid, bytes }: { cid: CID; bytes: Uint8Array }) => void blocks.set(cid.toString(), bytes),
    pin: async () => undefined,
    unpinAll: async () => undefined
  }
  const registryOf = (account: typeof ALICE | typeof BOB) =>
    new DocumentRegistry({ keeper, storage, account, clock: { nowMs: () => 5000 } })
  return { shared, registryOf }
}

describe('registry of a network without a chain', () => {
  let cid: string
  const version = (name: string, number: string) => ({
    name,
    version: number,
    cid,
    description: 'A cow.',
    licence: 'MIT'
  })
  before(async () => {
    cid = await cidOfFiles(new Map([['module.yaml', new Uint8Array([1])]]))
  })

  it('default: what the owner publishes every member reads, newest first', async () => {
    const { registryOf } = network()
    const owner = registryOf(ALICE)
    await owner.publish(version('cow', '1.0.0'))
    // at the same time: none is lost
    await Promise.all([owner.publish(version('cow', '1.1.0')), owner.publish(version('ox', '0.1.0'))])
    const member = registryOf(BOB)
    assert.deepEqual(
      (await member.versions('cow')).map(v => v.version),
      ['1.1.0', '1.0.0']
    )
    assert.deepEqual(await member.find('cow', '1.0.0'), {
      ...version('cow', '1.0.0'),
      ...{ account: ALICE, publishedAt: 5, yanked: false }
    })
    assert.deepEqual(
      (await member.names()).map(({ name, versions, newest }) => [name, versions, newest.version]),
      [
        ['ox', 1, '0.1.0'],
        ['cow', 2, '1.1.0']
      ]
    )
  })

  it('behavior: a yanked version stays, and is not the newest any more', async () => {
    const owner = network().registryOf(ALICE)
    await owner.publish(version('cow', '1.0.0'))
    await owner.publish(version('cow', '1.1.0'))
    await owner.setYanked('cow', '1.1.0', true)
    assert.equal((await owner.names())[0]?.newest.version, '1.0.0')
    assert.equal((await owner.find('cow', '1.1.0'))?.yanked, true)
    await assert.rejects(owner.setYanked('cow', '1.1.0', true), named('VersionUnchangedError'))
    await assert.rejects(owner.setYanked('cow', '9.0.0', true), named('VersionUnknownError'))
  })

  it('error: a version twice, a name of another account, words that no registry takes, a member that is not the owner', async () => {
    const { registryOf, shared } = network()
    await registryOf(ALICE).publish(version('cow', '1.0.0'))
    await assert.rejects(registryOf(ALICE).publish(version('cow', '1.0.0')), named('VersionExistsError'))
    await assert.rejects(registryOf(BOB).publish(version('cow', '1.0.1')), named('NotNameOwnerError'))
    await assert.rejects(registryOf(ALICE).publish(version('Cow', '1')), named('InvalidInputError'))
    await assert.rejects(registryOf(ALICE).publish(version('ok', 'a b')), named('InvalidInputError'))
    await assert.rejects(
      registryOf(ALICE).publish({ ...version('ok', '1'), description: 'é'.repeat(101) }),
      named('InvalidInputError')
    )
    shared.isOwner = false
    await assert.rejects(registryOf(BOB).publish(version('ox', '1.0.0')), named('NotOwnerError'))
    assert.equal(shared.changes, 1)
  })

  it('error: a list of another kind, or a longer one', async () => {
    assert.throws(() => decodeIndex(new Uint8Array([1, 2])), named('NonCanonicalError'))
    assert.throws(() => decodeIndex(encodeIndex([{ name: 'x' } as never]).bytes), named('InvalidInputError'))
    assert.throws(() => decodeIndex(new Uint8Array(INDEX_LIMITS.bytes + 1)), named('TooLargeError'))
    const entry = { ...version('cow', '1'), cid: CID.parse(cid), account: ALICE, publishedAt: 1, yanked: false }
    const full = Array.from({ length: INDEX_LIMITS.entries }, (_, i) => ({ ...entry, version: String(i) }))
    assert.equal(decodeIndex(encodeIndex(full).bytes).length, INDEX_LIMITS.entries)
    assert.throws(() => withVersion(full, { ...entry, version: 'more' }), named('TooLargeError'))
  })
})

describe('modules by their name in a registry', () => {
  const entry: ModuleVersion = {
    ...{ name: 'cow', version: '1.0.0', cid: '', account: ALICE, publishedAt: 1, yanked: false },
    ...{ description: '', licence: '' }
  }
  const journal = () => {
    const values = new Map<string, unknown>()
    return {
      getValue: <T>(key: string) => values.get(key) as T | undefined,
      setValue: (key: string, value: unknown) => void values.set(key, value)
    }
  }
  const source = (versions: ModuleVersion[]) => {
    const registry = {
      find: async (_: string, wanted: string) => versions.find(v => v.version === wanted),
      versions: async (name: string) => versions.filter(v => v.name === name)
    } as unknown as ModuleRegistry
    const unused = async () => assert.fail('nothing is fetched')
    return registryModules({
      registry: () => registry,
      storage: { fetch: unused, exportPath: unused },
      journal: journal(),
      network: 'lab'
    })
  }
  const resolve = (text: string, versions: ModuleVersion[]) => source(versions).resolve(parseModuleName(text))

  it('behavior: a version that has become another module is refused, with both CIDs', async () => {
    const kept = journal()
    checkSeen(kept, 'lab', { ...entry, cid: 'bafya' })
    checkSeen(kept, 'lab', { ...entry, cid: 'bafya' })
    checkSeen(kept, 'lab', { ...entry, version: '1.0.1', cid: 'bafyb' })
    checkSeen(kept, 'other', { ...entry, cid: 'bafyb' })
    assert.throws(
      () => checkSeen(kept, 'lab', { ...entry, cid: 'bafyb' }),
      (error: UserError) => named('ModuleChangedError')(error) && error.value === 'bafyb' && error.limit === 'bafya'
    )
  })

  it('behavior: other kinds of names, and names that it has not, are left to others', async () => {
    assert.equal(await resolve('github.com/a/b:c', [entry]), undefined)
    assert.equal(await resolve('ox', [entry]), undefined)
    assert.equal(await resolve('ox:1.0.0', [entry]), undefined)
  })

  it('error: another version than those that are there; a name whose versions are all yanked', async () => {
    await assert.rejects(resolve('cow:2.0.0', [entry]), named('ModuleNotFoundError'))
    await assert.rejects(resolve('cow', [{ ...entry, yanked: true }]), named('ModuleNotFoundError'))
  })
})
