import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtinModules } from '../../../../node/modules/builtin.ts'
import { cidOfFiles } from '../../../../node/modules/cid.ts'
import { folderModule } from '../../../../node/modules/folder.ts'
import { prepareModule } from '../../../../node/modules/prepare.ts'
import { resolveModule } from '../../../../node/modules/resolve.ts'
import { cidOfPath } from '../../../../node/storage/cid-of.ts'
import { UserError } from '../../../../protocols/common/errors.ts'
import { derive } from '../../../../protocols/job/derive.ts'
import { parseSpec } from '../../../../protocols/job/parse-spec.ts'
import { feasible } from '../../../../protocols/matching/feasible.ts'
import { MODULE_LIMITS } from '../../../../protocols/modules/limits.ts'
import { parseModuleName } from '../../../../protocols/modules/names.ts'
import { jobOffer, ROUND, resourceOffer } from '../../../support/market/make.ts'

const IMAGE = `example/sdxl@sha256:${'ab'.repeat(32)}`
const named = (name: string) => (error: unknown) => {
  assert.ok(error instanceof UserError, String(error))
  assert.equal(error.name, name, error.message)
  return true
}

describe('module folders', () => {
  let dir: string
  const write = async (path: string, text = 'x'): Promise<void> => {
    await mkdir(join(dir, path, '..'), { recursive: true })
    await writeFile(join(dir, path), text)
  }

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dcn-test-module-'))
  })
  afterEach(async () => await rm(dir, { recursive: true, force: true }))

  it('default: the CID is that of the folder by the import settings of the network', async () => {
    await write('module.yaml')
    await write('data/words.txt', 'y'.repeat(3_000_000))
    const { files, pinned } = await folderModule(dir, dir)
    assert.deepEqual([...files.keys()], ['data/words.txt', 'module.yaml'])
    assert.equal(pinned.cid, (await cidOfPath(dir)).toString())
    assert.equal(await cidOfFiles(new Map([...files].reverse())), pinned.cid)
  })

  it('behavior: what git keeps and empty folders are no part of it', async () => {
    await write('module.yaml')
    const { pinned } = await folderModule(dir, dir)
    await write('.git/config')
    await mkdir(join(dir, 'empty'))
    assert.equal((await folderModule(dir, dir)).pinned.cid, pinned.cid)
  })

  it('error: links, too many files, too many bytes, a folder that is not there', async () => {
    await symlink('/etc/passwd', join(dir, 'link'))
    await assert.rejects(folderModule(dir, dir), named('InvalidModuleError'))
    await rm(join(dir, 'link'))
    await symlink('/etc', join(dir, 'link'))
    await assert.rejects(folderModule(dir, dir), named('InvalidModuleError'))
    await rm(join(dir, 'link'))
    await write('large', 'x'.repeat(MODULE_LIMITS.bytes + 1))
    await assert.rejects(folderModule(dir, dir), named('TooLargeError'))
    await rm(join(dir, 'large'))
    for (let i = 0; i <= MODULE_LIMITS.files; i++) await writeFile(join(dir, `f${i}`), '')
    await assert.rejects(folderModule(dir, dir), named('TooLargeError'))
    await assert.rejects(folderModule(join(dir, 'none'), dir), named('InvalidModuleError'))
  })

  it('error: files whose names lead out of the module', async () => {
    for (const path of ['../x', '/x', 'a/../../x', 'a//b', '.', 'a\\b', 'a\0']) {
      await assert.rejects(cidOfFiles(new Map([[path, new Uint8Array()]])), named('InvalidModuleError'))
    }
  })

  it('behavior: files of the module that the job reads lie on disk until the job is submitted', async () => {
    await write(
      'module.yaml',
      'name: a\nversion: 1.0.0\njob: { engine: { wasm: { file: a.wasm } }, inputs: [{ file: data }] }'
    )
    await write('a.wasm')
    await write('data/x')
    const module = await folderModule(dir, dir)
    const { job, cleanUp } = await prepareModule(module, { given: new Map(), cwd: dir })
    const [input] = job['inputs'] as { local: string; path: string }[]
    assert.equal(input?.path, '/inputs/data')
    assert.ok(existsSync(join(input.local, 'x')))
    assert.ok(existsSync((job['engine'] as { wasm: { local: string } }).wasm.local))
    assert.equal(job['module'], module.pinned.cid)
    await cleanUp()
    assert.ok(!existsSync(input.local))
  })

  it('args: files of a foreign module come from a folder', async () => {
    await write(
      'lilypad_module.json.tmpl',
      '{"job":{"Spec":{"Engine":"docker","Docker":{"Image":"a:1"}}},"inputFiles":["a.txt"]}'
    )
    const module = await folderModule(dir, dir)
    const { job, cleanUp } = await prepareModule(module, { given: new Map(), cwd: dir, inputsPath: 'in' })
    assert.deepEqual(job['inputs'], [{ local: join(dir, 'in', 'a.txt'), path: '/inputs/a.txt' }])
    await cleanUp()
    await assert.rejects(prepareModule(module, { given: new Map(), cwd: dir }), named('ModuleInputError'))
  })
})

describe('sources of modules', () => {
  it('error: files that are not those that the name is pinned to', async () => {
    const files = new Map([['module.yaml', new TextEncoder().encode('x')]])
    const source = (cid: string) => ({ resolve: async () => ({ name: 'a', files, pinned: { cid } }) })
    const cid = await cidOfFiles(files)
    assert.equal((await resolveModule('a:1.0.0', [source(cid)])).pinned.cid, cid)
    const other = await cidOfFiles(new Map([['other', new Uint8Array()]]))
    await assert.rejects(resolveModule('a:1.0.0', [source(other)]), named('InvalidModuleError'))
    await assert.rejects(resolveModule('github.com/a/b:c', [source(other)]), named('InvalidModuleError'))
  })
})

describe('modules of this package', () => {
  const resolve = (text: string) => resolveModule(text, [builtinModules()])

  it('default: cowsay by its name, with its version or without', async () => {
    const found = await Promise.all(['cowsay', 'cowsay:v0.0.1', 'cowsay:0.0.1'].map(resolve))
    assert.equal(new Set(found.map(m => m.pinned.cid)).size, 1)
    const [cowsay] = found
    assert.ok(cowsay)
    const { job, cleanUp } = await prepareModule(cowsay, { given: new Map([['Message', 'moo']]), cwd: '/' })
    const spec = parseSpec(job)
    assert.deepEqual([spec.version, String(spec.module)], [2, cowsay.pinned.cid])
    await cleanUp()
  })

  it('error: another version, another name', async () => {
    await assert.rejects(resolve('cowsay:v9.9.9'), named('ModuleNotFoundError'))
    await assert.rejects(
      resolve('cowsey'),
      (error: UserError) => named('ModuleNotFoundError')(error) && /cowsay/.test(error.remedy ?? '')
    )
    assert.equal(await builtinModules().resolve(parseModuleName('github.com/a/b:c')), undefined)
  })

  it('behavior: sdxl needs a GPU', async () => {
    const given = new Map([
      ['Prompt', 'a cow on the moon'],
      ['Image', IMAGE]
    ])
    const { job, cleanUp } = await prepareModule(await resolve('sdxl'), { given, cwd: '/' })
    const needs = derive(parseSpec(job))
    await cleanUp()
    const large = { cpuMillis: 64_000, memoryBytes: 2 ** 38, diskBytes: 2 ** 40 }
    const offering = (...gpus: { vendor: string; model: string; memoryBytes: number }[]) =>
      feasible(jobOffer({ needs }), resourceOffer({ capacity: { ...large, gpus } }), { round: ROUND })
    const card = { vendor: 'nvidia', model: 'RTX 4090', memoryBytes: 24 * 2 ** 30 }
    const codes = (...gpus: Parameters<typeof offering>) => {
      const answer = offering(...gpus)
      return answer.ok ? [] : answer.misses.map(miss => miss.code)
    }
    assert.deepEqual(codes(card), [])
    assert.deepEqual(codes(), ['gpu-count'])
    assert.deepEqual(codes({ ...card, memoryBytes: 8 * 2 ** 30 }), ['gpu-memory'])
  })
})
