import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { importResult } from '../../../../../node/roles/result-directory.ts'
import { openInput, sealInputs, sweepSealing } from '../../../../../node/roles/seal/sealed-inputs.ts'
import { openResult, sealResult } from '../../../../../node/roles/seal/sealed-result.ts'
import { newSealKey, seal } from '../../../../../node/sealing/index.ts'
import { parseSpec } from '../../../../../protocols/job/parse-spec.ts'
import type { ResultManifest } from '../../../../../protocols/job/schema.ts'
import { Cleanup, type TestNode } from '../../../../support/hosts.ts'

const LIMIT = { maxBytes: 1_000_000 }

describe('roles/seal: inputs and results', () => {
  const cleanup = new Cleanup()
  let node: TestNode
  let key: string
  let dir: string

  before(async () => {
    node = await cleanup.node()
    key = await newSealKey()
    dir = join(node.dir, 'work')
    await mkdir(join(dir, 'outputs', 'table'), { recursive: true })
    await writeFile(join(dir, 'outputs', 'table', 'rows.csv'), 'secret,rows\n')
  })
  after(() => cleanup.run())

  it('default: inputs become seals, and come back as they were', async () => {
    const tree = await node.store.importPath(join(dir, 'outputs'))
    const file = await node.store.importBytes(Buffer.from('one file'))
    const inputs = [tree, file].map(({ cid }, i) => ({ cid: cid.toString(), path: `/inputs/${i}` }))
    const spec = parseSpec({ engine: { noop: {} }, inputs, private: true })
    const sealed = await sealInputs(node.store, spec, key, dir)
    const [first, second] = sealed.inputs.map(i => i.cid)
    assert.ok(!first?.equals(tree.cid) && !second?.equals(file.cid))
    assert.deepEqual({ ...sealed, inputs: [] }, { ...spec, inputs: [] })
    await openInput(node.store, first as CID, join(dir, 'a'), key, LIMIT)
    await openInput(node.store, second as CID, join(dir, 'b'), key, LIMIT)
    assert.equal(await readFile(join(dir, 'a', 'table', 'rows.csv'), 'utf8'), 'secret,rows\n')
    assert.equal(await readFile(join(dir, 'b'), 'utf8'), 'one file')
    assert.deepEqual(
      (await readdir(dir)).filter(name => name.startsWith('.') || name.includes('.age')),
      []
    )
  })

  it('behavior: what a crash left in the plain is gone after a start', async () => {
    await mkdir(join(dir, '.sealing-abc'))
    await writeFile(join(dir, '.sealing-abc', '0'), 'secret')
    await sweepSealing(dir)
    assert.ok(!existsSync(join(dir, '.sealing-abc')) && existsSync(join(dir, 'outputs')))
    await sweepSealing(join(dir, 'nowhere'))
  })

  const plain = () => ({
    stdout: Buffer.from('said\n'),
    stderr: Buffer.alloc(0),
    outputsDir: join(dir, 'outputs'),
    exitCode: 3
  })
  const asManifest = (parts: object) => ({ ...parts, exitCode: 3 }) as unknown as ResultManifest

  it('default: a sealed result has the digest parts of the same result in the plain, and opens to them', async () => {
    const sealed = await sealResult(node.store, plain(), key, dir)
    const open = await importResult(node.store, plain())
    for (const part of ['stdout', 'stderr', 'outputs'] as const) assert.ok(sealed[part].equals(open[part]), part)
    assert.equal(sealed.outputBytes, open.outputBytes)
    assert.ok(!sealed.result.equals(open.result))
    await openResult(node.store, asManifest(sealed), key, join(dir, 'got'), LIMIT)
    assert.deepEqual((await readdir(join(dir, 'got'))).sort(), ['exitCode', 'outputs', 'stderr', 'stdout'])
    assert.equal(await readFile(join(dir, 'got', 'stdout'), 'utf8'), 'said\n')
  })

  it('error: parts that are not those of the manifest, another key, more than is allowed', async () => {
    const sealed = await sealResult(node.store, plain(), key, dir)
    const refused = async (manifest: object, name: string, withKey = key, limit = LIMIT) => {
      const target = join(dir, 'refused')
      await assert.rejects(openResult(node.store, asManifest(manifest), withKey, target, limit), { name })
      assert.ok(!existsSync(`${target}.age`))
    }
    await refused({ ...sealed, stdout: sealed.outputs }, 'SealBrokenError')
    await refused({ ...sealed, outputs: sealed.stdout }, 'SealBrokenError')
    await refused(sealed, 'SealBrokenError', await newSealKey())
    await refused(sealed, 'TooLargeError', key, { maxBytes: 10 })
    const file = join(dir, 'other.age')
    await seal([{ name: 'input', path: join(dir, 'outputs') }], file, key)
    await refused({ ...sealed, result: (await node.store.importPath(file)).cid }, 'SealBrokenError')
    await assert.rejects(openInput(node.store, sealed.result, join(dir, 'c'), key, LIMIT), { name: 'SealBrokenError' })
  })
})
