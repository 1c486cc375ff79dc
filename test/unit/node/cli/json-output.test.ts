import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathsOf } from '../../../../node/cli/command-tree.ts'
import { COMMANDS } from '../../../../node/cli/commands/table.ts'
import { JSON_ERROR, JSON_OUTPUT } from '../../../../node/cli/json-output.ts'
import { MANUAL_PAGES } from '../../../../node/cli/manual.ts'
import { dcn } from '../../../../node/cli/program.ts'
import { type ApiServer, apiServer } from '../../../../node/http/server.ts'
import { type MemoryApi, memoryApi, PROVIDER } from '../http/memory-api.ts'
import { memoryIo } from './memory-io.ts'

/** Commands of other parts, which say what they print in tests of their own. */
const ELSEWHERE = (command: string): boolean => /^(network|module) |^node log-level$/.test(command)

describe('cli/json-output: what --json prints is what the page says', () => {
  let dir: string
  let api: MemoryApi
  let server: ApiServer

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-json-'))
    mkdirSync(join(dir, 'work'))
    writeFileSync(join(dir, 'work', 'count.mjs'), 'export default value => value\n')
    writeFileSync(join(dir, 'work', 'spec.yaml'), 'engine: { js: { local: count.mjs } }\n')
    writeFileSync(join(dir, 'work', 'sort.wasm'), Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]))
    api = memoryApi()
    server = apiServer({ dataDir: join(dir, 'data') })({ api })
    await server.start()
    api.onSubmit = id => {
      api.move(id, 'running')
      api.log(id, 'stdout', 'out\n')
      api.log(id, 'stderr', Buffer.from([0xff]))
      api.file(id, 'outputs/a', '1')
      api.move(id, 'done', { provider: PROVIDER, price: '1', outcome: 'exited', exitCode: 0 })
    }
    await print('js run count.mjs --name first')
  })
  after(async () => {
    await server.stop()
    api.hub.close()
    rmSync(dir, { recursive: true, force: true })
  })

  async function print(line: string): Promise<unknown[]> {
    const io = memoryIo({ env: { DCN_DATA_DIR: join(dir, 'data') }, cwd: join(dir, 'work') })
    await dcn([...line.split(' '), '--json'], io)
    return io.lines()
  }

  const lines = [
    'run spec.yaml',
    'js run count.mjs',
    'js run count.mjs --count 2 --name both',
    'js run count.mjs --detach',
    'wasm run sort.wasm',
    'docker run debian:12 --matrix A=1,2 --detach',
    'image push tool:1',
    'image list',
    'image remove bafyimage',
    'job list',
    'job list both',
    'job show first',
    'job logs first',
    'job get first --out one',
    'job get both --out many',
    'job wait first',
    'job wait both',
    'job why first',
    'job why both',
    'module search cow',
    'module list',
    'module list cow',
    'module yank cow:1.0.0',
    'board list',
    'board show 0xabababab',
    'board cancel 0xabababab',
    'board watch 0xabababab',
    'board withdraw',
    'seat list',
    'seat take',
    'seat leave 4',
    'seat status',
    'rank spec.yaml',
    'offers',
    'peers',
    'deals',
    'wallet show',
    'wallet history',
    'wallet deposit 1',
    'wallet withdraw 1',
    'node',
    'doctor',
    'config',
    'completion bash'
  ]
  for (const line of lines) {
    it(`default: dcn ${line}`, async () => {
      const words = line.split(' ')
      const output = JSON_OUTPUT[words.slice(0, 2).join(' ')] ?? JSON_OUTPUT[words[0] ?? '']
      assert.ok(output)
      const printed = await print(line)
      assert.ok(printed.length > 0)
      if (output.form === 'value') assert.equal(printed.length, 1)
      for (const value of printed) {
        const checked = output.schema.safeParse(value)
        assert.ok(checked.success, `${JSON.stringify(value)}: ${checked.error?.message}`)
      }
    })
  }

  async function tellAgain(id: string, updatedAt: number): Promise<void> {
    const job = await api.job(id)
    if (job !== undefined) api.hub.publish({ type: 'job', job: { ...job, updatedAt } })
  }

  it('behavior: a state that did not change is not told again', async () => {
    api.onSubmit = id => {
      api.move(id, 'running')
      for (let i = 3; i < 6; i++) void tellAgain(id, i)
      setImmediate(() => api.move(id, 'done', { outcome: 'exited', exitCode: 0 }))
    }
    const states = (await print('js run count.mjs')).flatMap(line => {
      const { event, job } = line as { event: string; job?: { state: string } }
      return event === 'state' ? [job?.state] : []
    })
    assert.equal(new Set(states).size, states.length, states.join())
  })

  for (const line of [
    'job show none',
    'job list --limit 0',
    'wallet deposit much',
    'jb',
    'job show',
    'offers --wach'
  ]) {
    it(`error: dcn ${line}`, async () => {
      const [last] = (await print(line)).slice(-1)
      assert.ok(JSON_ERROR.safeParse(last).success, JSON.stringify(last))
    })
  }

  it('behavior: every command has its schema and its page of help', () => {
    const commands = pathsOf(COMMANDS).map(path => path.join(' '))
    for (const command of commands.filter(name => !ELSEWHERE(name))) {
      assert.ok(JSON_OUTPUT[command], `${command} in node/cli/json-output.ts`)
      assert.ok(MANUAL_PAGES.has(command), `${command} in node/cli/manual.ts`)
    }
    for (const name of [...Object.keys(JSON_OUTPUT), ...MANUAL_PAGES]) {
      assert.ok(commands.includes(name), `there is no command ${name}`)
    }
  })
})
