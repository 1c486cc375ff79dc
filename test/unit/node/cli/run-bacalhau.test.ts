import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dcn } from '../../../../node/cli/program.ts'
import { type ApiServer, apiServer } from '../../../../node/http/server.ts'
import { type MemoryApi, memoryApi, PROVIDER } from '../http/memory-api.ts'
import { type MemoryIo, memoryIo } from './memory-io.ts'

const ECHO = {
  Name: 'main',
  Engine: { Type: 'docker', Params: { Image: 'debian:12', Parameters: ['echo', '{{.word}}'] } }
}

describe('cli: job files of Bacalhau', () => {
  let dir: string
  let api: MemoryApi
  let server: ApiServer
  let io: MemoryIo

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-bacalhau-'))
    mkdirSync(join(dir, 'work'))
    api = memoryApi()
    api.onSubmit = id => api.move(id, 'done', { provider: PROVIDER, price: '1500', outcome: 'exited', exitCode: 0 })
    server = apiServer({ dataDir: join(dir, 'data') })({ api })
    await server.start()
    io = memoryIo({ env: { DCN_DATA_DIR: join(dir, 'data') }, cwd: join(dir, 'work') })
  })
  afterEach(async () => {
    await server.stop()
    api.hub.close()
    rmSync(dir, { recursive: true, force: true })
  })

  const run = (...args: string[]): Promise<number> => dcn(args, io)
  const file = (name: string, content: unknown): void =>
    writeFileSync(join(dir, 'work', name), typeof content === 'string' ? content : JSON.stringify(content))
  const argsOf = (i: number): unknown => {
    const engine = api.requests[i]?.spec['engine'] as { docker?: { args?: string[] } } | undefined
    return engine?.docker?.args
  }
  const envOf = (i: number) => api.requests[i]?.spec['env'] as Record<string, string>

  it('default: variables, inputs of every kind, one job', async () => {
    file('data.txt', 'words')
    const InputSources = [
      { Source: { Type: 'localDirectory', Params: { SourcePath: 'data.txt' } }, Target: '/inputs/a' },
      { Source: { Type: 'inline', Params: { URL: 'data:,hi' } }, Target: '/inputs/b' }
    ]
    file('job.json', { Name: 'say', Type: 'batch', Tasks: [{ ...ECHO, InputSources }] })
    assert.equal(await run('run', 'job.json', '-V', 'word=moo'), 0, io.err())
    const [request] = api.requests
    assert.deepEqual([request?.name, request?.type], ['say', 'batch'])
    assert.deepEqual(argsOf(0), ['echo', 'moo'])
    const inputs = request?.spec['inputs'] as { path: string; cid: string }[]
    assert.deepEqual(
      inputs.map(({ path, cid }) => [path, typeof cid]),
      [
        ['/inputs/a', 'string'],
        ['/inputs/b', 'string']
      ]
    )
    assert.equal(api.uploaded.size, 2)
  })

  it('default: a count makes a group, each with its partition', async () => {
    file('job.yaml', { Name: 'parts', Type: 'batch', Count: 3, Tasks: [ECHO] })
    assert.equal(await run('run', 'job.yaml', '-V', 'word=x'), 0, io.err())
    assert.deepEqual(
      [0, 1, 2].map(i => [envOf(i)['BACALHAU_PARTITION_INDEX'], envOf(i)['BACALHAU_PARTITION_COUNT']]),
      [
        ['0', '3'],
        ['1', '3'],
        ['2', '3']
      ]
    )
    assert.deepEqual(new Set(api.requests.map(r => r.sweep?.name)), new Set(['parts']))
    assert.equal(new Set([0, 1, 2].map(i => envOf(i)['BACALHAU_EXECUTION_ID'])).size, 3)
  })

  it('default: ops runs on every provider that fits; constraints become accounts', async () => {
    file('ops.yaml', { Type: 'ops', Tasks: [ECHO] })
    assert.equal(await run('run', 'ops.yaml', '-V', 'word=x'), 0, io.err())
    const [offer] = await api.offers()
    assert.deepEqual(
      api.requests.map(r => r.constraints?.target),
      [offer?.account]
    )
    assert.equal(api.requests[0]?.type, 'ops')
    await run('job', 'list')
    assert.match(io.out(), /job1 +docker +ops +done/)
    const arch = { Key: 'Architecture', Operator: '=', Values: [offer?.arch] }
    file('choosy.yaml', { Type: 'batch', Tasks: [ECHO], Constraints: [arch] })
    assert.equal(await run('run', 'choosy.yaml', '-V', 'word=x'), 0, io.err())
    assert.deepEqual(api.requests.at(-1)?.constraints?.allow, [offer?.account])
    file('picky.yaml', { Type: 'batch', Tasks: [ECHO], Constraints: [{ ...arch, Values: ['vax'] }] })
    assert.equal(await run('run', 'picky.yaml', '-V', 'word=x'), 2)
    assert.match(io.err(), /Constraints: none of 1 providers fits/)
  })

  it('default: convert prints what run would take', async () => {
    file('job.yaml', { Name: 'say', Type: 'batch', Count: 2, Tasks: [ECHO] })
    assert.equal(await run('convert', 'job.yaml', '-V', 'word=moo'), 0, io.err())
    assert.match(io.out(), /^# run it with: --name "say" --count 2\n# [^\n]*network is off/)
    writeFileSync(join(dir, 'work', 'spec.yaml'), io.out())
    assert.equal(await run('run', 'spec.yaml'), 0, io.err())
    assert.deepEqual(argsOf(0), ['echo', 'moo'])
  })

  const WRONG: [string, string | object, string[], number, RegExp][] = [
    ['a variable without a value', { Tasks: [ECHO] }, [], 2, /word/],
    ['a service', { Type: 'service', Tasks: [ECHO] }, ['-V', 'word=x'], 2, /ends[\s\S]*batch job/],
    ['a variable without "="', { Tasks: [ECHO] }, ['-V', 'word'], 2, /key=value/],
    ['a count twice', { Tasks: [ECHO] }, ['-V', 'word=x', '--count', '2'], 2, /Count in the file/],
    ['variables for a specification of ours', { engine: { noop: {} } }, ['-V', 'word=x'], 2, /no job file of Bacalhau/],
    ['a misspelt Tasks', { Name: 'x', Type: 'batch', Taskz: [ECHO] }, [], 2, /"Taskz", did you mean "Tasks"\?/],
    ['a misspelt Tasks, with variables', { Taskz: [ECHO] }, ['-V', 'word=x'], 2, /did you mean "Tasks"\?/],
    ['a misspelt Spec', { Sepc: { Engine: 'docker' } }, [], 2, /did you mean "Spec"\?/],
    ['a misspelt key of ours', { verion: 1, tiemout: '1s' }, [], 2, /"verion", did you mean "version"\?/],
    ['what is neither', 'Tasks: [', [], 2, /YAML|flow|line/],
    ['a URL that gives nothing', withUrl('http://127.0.0.1:1/'), ['-V', 'word=x'], 4, /cannot fetch/]
  ]
  for (const [what, content, args, code, why] of WRONG) {
    it(`error: ${what}`, async () => {
      file('job.yaml', content)
      assert.equal(await run('run', 'job.yaml', ...args), code, io.err())
      assert.match(io.err(), why)
      assert.equal(api.requests.length, 0)
    })
  }

  it('error: a command that takes specifications only', async () => {
    file('job.yaml', { Name: 'say', Tasks: [ECHO] })
    for (const args of [['rank'], ['board', 'request', '--bid', '1', '--fee', '1']]) {
      assert.equal(await run(...args, 'job.yaml'), 2)
      assert.match(io.err(), /job\.yaml is a job file of Bacalhau\n.*dcn convert job\.yaml > spec\.yaml/)
    }
  })

  it('error: convert of a specification of ours', async () => {
    file('spec.yaml', { engine: { noop: {} } })
    assert.equal(await run('convert', 'spec.yaml'), 2)
    assert.match(io.err(), /no job file of Bacalhau/)
  })
})

function withUrl(URL: string): object {
  const InputSources = [{ Source: { Type: 'url', Params: { URL } }, Target: '/inputs/x' }]
  return { Tasks: [{ ...ECHO, InputSources }] }
}
