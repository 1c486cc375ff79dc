import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dcn } from '../../../../../node/cli/program.ts'
import { apiServer } from '../../../../../node/http/server.ts'
import { memoryApi } from '../../http/memory-api.ts'
import { type MemoryIo, memoryIo } from '../memory-io.ts'

const TEMPLATE = `{ "machine": { "cpu": 1000 }, "job": { "Spec": { "Engine": "docker",
  "Docker": { "Image": "example/cow:1", "Entrypoint": ["cowsay", "{{ js .Message }}"] } } } }`

describe('cli/commands/module', () => {
  let dir: string
  let io: MemoryIo

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-cli-module-'))
    mkdirSync(join(dir, 'lilypad-module-cow'))
    writeFileSync(join(dir, 'lilypad-module-cow', 'lilypad_module.json.tmpl'), TEMPLATE)
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  const nameOfError = (): unknown => (io.lines()[0]?.['error'] as { name?: string } | undefined)?.name
  const run = (...args: string[]): Promise<number> => {
    io = memoryIo({ cwd: dir, env: { DCN_DATA_DIR: join(dir, 'none') } })
    return dcn(args, io)
  }

  it('default: what a module of this package is and takes, without a node', async () => {
    assert.equal(await run('module', 'show', 'cowsay:v0.0.1', '--json'), 0, io.err())
    const [shown] = io.lines()
    assert.deepEqual([shown?.['name'], shown?.['version']], ['cowsay', '0.0.1'])
    assert.equal(shown?.['usage'], 'dcn run cowsay:v0.0.1 -i Message="moo"')
    assert.equal(await run('module', 'show', 'sdxl'), 0)
    assert.match(io.out(), /Prompt +string +required/)
  })

  it('behavior: every module of this package is right', async () => {
    for (const name of ['cowsay', 'cowsay-image', 'sdxl']) assert.equal(await run('module', 'lint', name), 0, io.err())
  })

  it('behavior: lint says what breaks, and writes module.yaml once, which is right', async () => {
    const folder = join(dir, 'lilypad-module-cow')
    assert.equal(await run('module', 'lint', folder), 1)
    assert.match(io.out(), /line 2: .*quotes around it[\s\S]*--write/)
    assert.equal(await run('module', 'lint', './lilypad-module-cow', '--write'), 1)
    assert.match(readFileSync(join(folder, 'module.yaml'), 'utf8'), /^name: cow\n[\s\S]*\{\{ input\.Message \}\}/)
    assert.equal(await run('module', 'lint', folder), 0, io.out())
    assert.equal(await run('module', 'lint', folder, '--compat', 'lilypad', '--write', '--json'), 2)
    assert.equal(nameOfError(), 'TargetExistsError')
  })

  it('error: what is no module', async () => {
    assert.equal(await run('module', 'lint', '.', '--json'), 2)
    assert.equal(nameOfError(), 'InvalidModuleError')
    assert.equal(await run('module', 'show', 'Cow Say', '--json'), 2)
    assert.equal(nameOfError(), 'ModuleNotFoundError')
    // only a node knows other names
    assert.equal(await run('module', 'show', 'github.com/a/b:v1', '--json'), 4)
  })

  it('error: a node that passes on files whose names lead out of the module', async () => {
    const api = memoryApi()
    const files = { 'module.yaml': 'eA==', 'data/../../x': 'eA==' }
    const resolveModule = async (name: string) => ({ name, cid: 'bafkqaaa', files })
    const server = apiServer({ dataDir: join(dir, 'none') })({ api: { ...api, resolveModule } })
    await server.start()
    try {
      assert.equal(await run('module', 'show', 'elsewhere', '--json'), 2)
      assert.equal(nameOfError(), 'InvalidModuleError')
    } finally {
      await server.stop()
      api.hub.close()
    }
  })

  it('error: inputs for a specification, and for a module that has none of that name', async () => {
    writeFileSync(join(dir, 'spec.yaml'), 'engine: { noop: {} }')
    assert.equal(await run('run', 'spec.yaml', '-i', 'A=1', '--json'), 2)
    assert.equal(await run('run', 'cowsay', '-i', 'Mesage=x', '--json'), 2)
    assert.equal(nameOfError(), 'ModuleInputError')
    assert.equal(await run('run', 'none.yaml'), 2)
    assert.ok(!existsSync(join(dir, 'none')))
  })
})
