import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dcn } from '../../../../../node/cli/program.ts'
import { type ApiServer, apiServer } from '../../../../../node/http/server.ts'
import { until } from '../../../../support/hosts.ts'
import { type MemoryApi, memoryApi, PROVIDER } from '../../http/memory-api.ts'
import { type MemoryIo, memoryIo } from '../memory-io.ts'

describe('cli/sweep: several jobs at once', () => {
  let dir: string
  let api: MemoryApi
  let server: ApiServer
  let io: MemoryIo

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-sweep-'))
    mkdirSync(join(dir, 'work'))
    writeFileSync(join(dir, 'work', 'count.mjs'), 'export default () => 1\n')
    writeFileSync(join(dir, 'work', 'data.txt'), 'words')
    api = memoryApi()
    server = apiServer({ dataDir: join(dir, 'data') })({ api })
    await server.start()
    renew()
  })
  afterEach(async () => {
    await server.stop()
    api.hub.close()
    rmSync(dir, { recursive: true, force: true })
  })

  function renew(init: Parameters<typeof memoryIo>[0] = {}): void {
    io = memoryIo({ env: { DCN_DATA_DIR: join(dir, 'data') }, cwd: join(dir, 'work'), ...init })
  }
  const run = (...args: string[]): Promise<number> => dcn(args, io)
  const end = (id: string, exitCode = 0): void => {
    api.file(id, 'outputs/name', id)
    api.move(id, 'done', { provider: PROVIDER, price: '1500', outcome: 'exited', exitCode })
  }

  it('default: a job for every value, one upload, one table, a directory for each', async () => {
    api.onSubmit = id => end(id)
    const args = [
      '--matrix',
      'RATE=1,2',
      '--matrix',
      'SIDE=l,r',
      '--name',
      'scan',
      '--input',
      'data.txt',
      '--out',
      'all'
    ]
    assert.equal(await run('js', 'run', 'count.mjs', ...args, '--', '{RATE}{SIDE}'), 0, io.err())
    assert.equal(api.uploaded.size, 1)
    assert.deepEqual(
      api.requests.map(r => (r.spec['engine'] as { js: { args: string[] } }).js.args[0]),
      ['1l', '1r', '2l', '2r']
    )
    assert.deepEqual(api.requests[3]?.spec['env'], { RATE: '2', SIDE: 'r', DCN_JOB_INDEX: '3', DCN_JOB_COUNT: '4' })
    assert.match(io.err(), /3 +job4 +done +0 +0\.0015 DCN[\s\S]*4 jobs: 4 done; 0\.006 DCN in all/)
    assert.deepEqual(readdirSync(join(dir, 'work', 'all')), ['0', '1', '2', '3'])
    assert.equal(readFileSync(join(dir, 'work', 'all', '2', 'outputs', 'name'), 'utf8'), 'job3')
  })

  it('behavior: the exit code is the highest of all', async () => {
    api.onSubmit = id =>
      id === 'job2' ? api.move(id, 'unmatched', { reason: 'no offer fits' }) : end(id, id === 'job1' ? 7 : 0)
    assert.equal(await run('js', 'run', 'count.mjs', '--count', '3', '--name', 's'), 3)
    assert.match(io.err(), /1 +job2 +unmatched .*no offer fits/)
  })

  it('behavior: --max-parallel, Ctrl-C, and the same command goes on', async () => {
    const command = ['js', 'run', 'count.mjs', '--count', '4', '--name', 'scan', '--max-parallel', '2']
    const first = run(...command)
    await until(() => api.requests.length === 2)
    io.interrupt()
    assert.equal(await first, 0)
    assert.equal(api.requests.length, 2)
    assert.match(io.err(), /detached; 2 of 4 jobs go on. Come back with: dcn job wait scan\nthe other 2/)
    renew()
    api.onSubmit = id => end(id)
    end('job1')
    end('job2')
    assert.equal(await run(...command, '--json'), 0, io.err())
    assert.deepEqual(
      api.requests.map(r => r.name),
      ['scan.0', 'scan.1', 'scan.2', 'scan.3']
    )
    const last = io.lines().at(-1)
    assert.deepEqual(
      [last?.['event'], last?.['group'], last?.['exit'], (last?.['jobs'] as unknown[] | undefined)?.length],
      ['end', 'scan', 0, 4]
    )
    renew()
    assert.equal(await run('js', 'run', 'count.mjs', '--count', '5', '--name', 'scan', '--json'), 2)
    assert.match(io.out(), /SweepDiffersError/)
  })

  it('default: list, wait, get, why and cancel take the name of a group', async () => {
    assert.equal(await run('js', 'run', 'count.mjs', '--count', '3', '--name', 'scan', '--detach'), 0)
    assert.equal(io.out(), 'scan\n')
    end('job1')
    renew()
    assert.equal(await run('job', 'list', 'scan'), 0)
    assert.match(io.out(), /scan\.2[\s\S]*scan\.0[\s\S]*3 jobs/)
    renew()
    assert.equal(await run('job', 'cancel', 'scan'), 0)
    assert.match(io.out(), /2 ended, 0 asked to end/)
    assert.equal(await run('job', 'cancel', 'scan'), 2)
    renew()
    assert.equal(await run('job', 'wait', 'scan'), 1)
    assert.match(io.err(), /3 jobs: 2 cancelled, 1 done/)
    renew()
    assert.equal(await run('job', 'why', 'scan'), 0)
    assert.match(io.out(), /#0 done: no offer fits\n {2}#1 #2 cancelled/)
    renew()
    assert.equal(await run('job', 'get', 'scan', '--out', 'got'), 0)
    assert.deepEqual(readdirSync(join(dir, 'work', 'got')), ['0'])
    assert.equal(await run('job', 'get', 'scan', '--out', 'got'), 2)
  })

  it('behavior: a group that is there already is not submitted again, and that is said', async () => {
    api.onSubmit = id => end(id)
    const command = ['js', 'run', 'count.mjs', '--count', '2', '--name', 'pair']
    const note = 'nothing new was submitted: the group pair is there already\n'
    assert.equal(await run(...command), 0, io.err())
    assert.ok(!io.err().includes('nothing new'))
    for (const more of [[], ['--detach']]) {
      renew()
      assert.equal(await run(...command, ...more), 0, io.err())
      assert.ok(io.err().startsWith(note), io.err())
    }
    assert.equal(api.requests.length, 2)
  })

  it('error: a group where a job is wanted, and a job where a group is', async () => {
    api.onSubmit = id => end(id)
    await run('js', 'run', 'count.mjs', '--count', '2', '--name', 'pair')
    await run('js', 'run', 'count.mjs', '--name', 'slow')
    renew()
    assert.equal(await run('job', 'show', 'pair', '--json'), 2)
    assert.match(io.out(), /JobNotFoundError.*it is a group: dcn job list pair"/)
    renew()
    assert.equal(await run('job', 'list', 'slow'), 0)
    assert.match(io.err(), /^no group is named slow, but a job is: dcn job show job3\n$/)
    for (const other of ['pair', 'nobody']) {
      renew()
      assert.equal(await run('job', 'list', other), 0)
      assert.equal(io.err(), '')
    }
  })

  it('behavior: results that did not agree are not lost: it is said where they are', async () => {
    const replicas = ['/a b/replicas/0', undefined].map((dir, replica) => ({
      ...{ replica, state: 'done' as const },
      ...(dir === undefined ? {} : { dir })
    }))
    api.onSubmit = id => api.move(id, 'failed', { replicas, error: 'NoAgreementError' })
    await run('js', 'run', 'count.mjs', '--name', 'odd')
    renew()
    assert.equal(await run('job', 'get', 'odd', '--out', 'got'), 0)
    assert.match(io.out(), /^no files of the job itself.*dcn job why job1\):\n {2}replica 0 {2}\/a b\/replicas\/0\n$/)
  })

  it('behavior: progress is one line of a terminal, and nothing without one', async () => {
    api.onSubmit = id => end(id)
    await run('js', 'run', 'count.mjs', '--count', '2', '--name', 'quiet')
    assert.ok(!io.err().includes('\r') && !io.err().includes('to come'))
    renew({ isTty: true })
    await run('js', 'run', 'count.mjs', '--count', '2', '--name', 'loud')
    assert.match(io.err(), /\r\u001b\[2Kloud: 2 to come/)
    renew({ isTty: true, env: { DCN_DATA_DIR: join(dir, 'data'), TERM: 'dumb' } })
    await run('js', 'run', 'count.mjs', '--count', '2', '--name', 'dumb')
    assert.ok(!io.err().includes('\u001b'))
  })

  it('behavior: a name that was given before is said to mean the new job', async () => {
    for (const note of [false, true]) {
      renew()
      assert.equal(await run('js', 'run', 'count.mjs', '--name', 'twice', '--detach'), 0)
      assert.equal(io.err().includes('job job1 has this name too'), note)
    }
    renew()
    assert.equal(await run('job', 'show', 'twice'), 0)
    assert.match(io.err(), /2 jobs are named twice: this is the newest, job2/)
    assert.match(io.out(), /id +job2/)
  })
})
