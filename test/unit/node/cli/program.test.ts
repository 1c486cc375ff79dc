import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dcn } from '../../../../node/cli/program.ts'
import { type ApiServer, apiServer } from '../../../../node/http/server.ts'
import type { JobState, JobView } from '../../../../node/http/views.ts'
import { until } from '../../../support/hosts.ts'
import { DEAL, type MemoryApi, memoryApi, PROVIDER } from '../http/memory-api.ts'
import { type MemoryIo, memoryIo } from './memory-io.ts'

const MODULE = 'export default () => 1\n'

describe('cli/program', () => {
  let dir: string
  let api: MemoryApi
  let server: ApiServer
  let io: MemoryIo

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-cli-'))
    mkdirSync(join(dir, 'work'))
    writeFileSync(join(dir, 'work', 'count.mjs'), MODULE)
    writeFileSync(join(dir, 'work', 'data.txt'), 'some words')
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

  /** A job whose provider brings an image, and that ends well when that was seen. */
  function bringing(id: string, seen: () => boolean): void {
    const moving = { type: 'transfer', job: id, what: 'image', totalBytes: 100 * 2 ** 20 } as const
    api.onSubmit = () => api.move(id, 'agreed', { provider: PROVIDER })
    api.events = async function* () {
      yield { ...moving, seq: 1, at: 1_000, bytes: 0 }
      yield { ...moving, seq: 2, at: 5_000, bytes: 20 * 2 ** 20 }
      await until(seen)
      succeed(id)
      const job = await api.job(id)
      if (job !== undefined) yield { type: 'job', seq: 3, at: 6_000, job }
    }
  }

  /** The way of a job that ends well. */
  function succeed(id: string, exitCode = 0): void {
    api.move(id, 'agreed', { provider: PROVIDER, price: '1500' })
    api.move(id, 'running')
    api.log(id, 'stdout', 'out\n')
    api.log(id, 'stderr', 'err\n')
    api.file(id, 'outputs/count.txt', '2')
    api.move(id, 'done', { outcome: 'exited', exitCode })
  }

  describe('run', () => {
    it('default: uploads, submits, follows and says where and how much', async () => {
      api.onSubmit = succeed
      const code = await run('js', 'run', 'count.mjs', '--input', 'data.txt', '--cpu', '0.5', '--', '-x', '--json')
      assert.equal(code, 0, io.err())
      assert.equal(io.out(), 'out\n')
      assert.match(io.err(), /err\n/)
      assert.match(io.err(), /dcn job get job1 \(1, 1 B\)/)
      assert.match(io.err(), /price +0\.0015 DCN to .* \(no chain/)
      const [request] = api.requests
      const [[cid, uploaded] = []] = [...api.uploaded]
      assert.deepEqual(uploaded, { '': 'some words' })
      assert.deepEqual(request?.spec, {
        engine: { js: { source: MODULE, args: ['-x', '--json'] } },
        inputs: [{ cid, path: '/inputs/data.txt' }],
        resources: { cpu: '0.5' }
      })
    })

    it('behavior: quiet without a terminal, progress with one', async () => {
      api.onSubmit = succeed
      await run('js', 'run', 'count.mjs')
      assert.ok(!io.err().includes('running'))
      renew({ isTty: true })
      await run('js', 'run', 'count.mjs')
      assert.match(io.err(), /job +job2\n(.*\n)*agreed.* 0\.0015 DCN\nrunning/)
    })

    it('behavior: what the provider brings before the start is a line of the terminal, in run and logs, and an event', async () => {
      const line = 'image     20.0 MiB of 100.0 MiB, 5.0 MiB/s, 16 s left, fetched'
      bringing('job1', () => io.err().includes(line))
      renew({ isTty: true })
      assert.equal(await run('js', 'run', 'count.mjs'), 0)
      assert.ok(io.err().includes(`\r\u001b[2K${line}`), io.err())
      bringing('job2', () => io.err().includes(line))
      assert.equal(await run('js', 'run', 'count.mjs', '--detach'), 0)
      api.move('job2', 'agreed', { provider: PROVIDER })
      renew({ isTty: true })
      assert.equal(await run('job', 'logs', 'job2', '--follow'), 0)
      assert.equal(io.out(), 'out\n')
      bringing('job3', () => io.lines().some(l => l['event'] === 'transfer'))
      renew()
      assert.equal(await run('js', 'run', 'count.mjs', '--json'), 0)
      assert.deepEqual(io.lines().filter(l => l['event'] === 'transfer')[0], {
        event: 'transfer',
        what: 'image',
        bytes: 0,
        totalBytes: 100 * 2 ** 20,
        at: 1_000
      })
    })

    it('behavior: --json is one object per line, ended by the result', async () => {
      api.onSubmit = succeed
      assert.equal(await run('js', 'run', 'count.mjs', '--json'), 0)
      const events = io.lines().map(l => l['event'])
      assert.equal(events[0], 'submitted')
      assert.equal(events.at(-1), 'end')
      assert.deepEqual(
        io.lines().flatMap(l => (l['event'] === 'log' ? [l['text']] : [])),
        ['out\n', 'err\n']
      )
    })

    it('behavior: --out copies the files', async () => {
      api.onSubmit = succeed
      assert.equal(await run('js', 'run', 'count.mjs', '--out', 'results'), 0)
      assert.equal(readFileSync(join(dir, 'work', 'results', 'outputs', 'count.txt'), 'utf8'), '2')
    })

    it('behavior: --detach prints the id; Ctrl-C leaves the job running', async () => {
      assert.equal(await run('js', 'run', 'count.mjs', '--detach', '--name', 'n', '--bid', '0.5'), 0)
      assert.equal(io.out(), 'job1\n')
      assert.deepEqual([api.requests[0]?.bid, api.requests[0]?.name], ['500000', 'n'])
      api.onSubmit = () => io.interrupt()
      assert.equal(await run('js', 'run', 'count.mjs'), 0)
      assert.match(io.err(), /dcn job wait job2/)
    })

    it('behavior: follows over a restart of the node', async () => {
      api.onSubmit = async id => {
        api.move(id, 'running')
        api.log(id, 'stdout', 'one ')
        await server.stop()
        api.log(id, 'stdout', 'two')
        await server.start()
        api.move(id, 'done', { outcome: 'exited', exitCode: 0 })
      }
      assert.equal(await run('js', 'run', 'count.mjs'), 0, io.err())
      assert.equal(io.out(), 'one two')
    })

    const ends: [string, JobState, Partial<JobView>, number][] = [
      ['exit code of the program', 'done', { outcome: 'exited', exitCode: 3 }, 1],
      ['time limit', 'done', { outcome: 'timeout' }, 1],
      ['no match', 'unmatched', { reason: 'no offer fits' }, 3],
      ['cancelled', 'cancelled', {}, 1],
      ['no money', 'failed', { error: 'InsufficientBalanceError' }, 5]
    ]
    for (const [title, state, patch, code] of ends) {
      it(`behavior: exit code ${code} for: ${title}`, async () => {
        api.onSubmit = id => api.move(id, state, patch)
        assert.equal(await run('js', 'run', 'count.mjs'), code)
      })
    }

    it('default: a container and a specification file', async () => {
      const file = 'engine: { js: { local: count.mjs } }\ninputs: [{ local: data.txt }]\ntimeout: 5s\n'
      writeFileSync(join(dir, 'work', 'spec.yaml'), file)
      assert.equal(await run('run', 'spec.yaml', '--detach'), 0, io.err())
      const [cid] = [...api.uploaded.keys()]
      assert.deepEqual(api.requests[0]?.spec, {
        engine: { js: { source: MODULE } },
        inputs: [{ cid, path: '/inputs/data.txt' }],
        timeout: '5s'
      })
      assert.equal(
        await run('docker', 'run', 'debian:12', '--output', 'r:/r', '--detach', '--', 'sh', '-c', 'ls --all'),
        0
      )
      assert.deepEqual(api.requests[1]?.spec, {
        engine: { docker: { image: 'debian:12', args: ['sh', '-c', 'ls --all'] } },
        outputs: [{ name: 'r', path: '/r' }]
      })
      // as docker takes it: what follows the image's first word is the container's own
      assert.equal(await run('docker', 'run', 'debian:12', '--detach', 'sh', '-c', 'ls', '--version', '--json'), 0)
      const engine = { docker: { image: 'debian:12', args: ['sh', '-c', 'ls', '--version', '--json'] } }
      assert.deepEqual(api.requests[2]?.spec, { engine })
    })

    it('default: a directory and a CID as inputs, a wasm module', async () => {
      mkdirSync(join(dir, 'work', 'tree', 'sub'), { recursive: true })
      writeFileSync(join(dir, 'work', 'tree', 'sub', 'a b'), '1')
      writeFileSync(join(dir, 'work', 'sort.wasm'), Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]))
      const cid = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
      // told before anybody is asked
      assert.equal(await run('wasm', 'run', 'count.mjs', '--detach'), 2)
      const code = await run(
        'wasm',
        'run',
        'sort.wasm',
        '--input',
        'tree:/inputs/t',
        '--input',
        `${cid}:/inputs/c`,
        '--detach'
      )
      assert.equal(code, 0, io.err())
      const uploaded = [...api.uploaded]
      assert.deepEqual(
        uploaded.map(([, files]) => files),
        [{ '': '\x00asm\x01\x00\x00\x00' }, { 'sub/a b': '1' }]
      )
      assert.deepEqual(api.requests[0]?.spec['engine'], { wasm: { module: uploaded[0]?.[0] } })
      assert.deepEqual(api.requests[0]?.spec['inputs'], [
        { cid: uploaded[1]?.[0], path: '/inputs/t' },
        { cid, path: '/inputs/c' }
      ])
    })

    for (const [title, args] of [
      ['a missing module', ['js', 'run', 'none.mjs']],
      ['a missing input', ['js', 'run', 'count.mjs', '--input', 'none.txt']],
      ['an output without a path', ['js', 'run', 'count.mjs', '--output', 'x']],
      ['a variable without a value', ['js', 'run', 'count.mjs', '--env', 'x']],
      ['an unknown size', ['js', 'run', 'count.mjs', '--memory', '1G']],
      ['an unknown time', ['js', 'run', 'count.mjs', '--timeout', 'soon']],
      ['a bid that is no amount', ['js', 'run', 'count.mjs', '--bid', 'much']],
      ['an unknown key in a file', ['run', 'bad.yaml']],
      ['an unknown option', ['js', 'run', 'count.mjs', '--inptu', 'x']],
      ['an unknown command', ['jb', 'list']],
      ['no argument', ['js', 'run']]
    ] as const) {
      it(`error: ${title} is a usage error, before anything is sent`, async () => {
        writeFileSync(join(dir, 'work', 'bad.yaml'), 'engine: { js: { source: "1" } }\ninput: []\n')
        assert.equal(await run(...args), 2)
        assert.equal(api.requests.length, 0)
        assert.notEqual(io.err(), '')
        assert.equal(io.out(), '')
      })
    }

    it('error: a link in an input directory is refused', async () => {
      mkdirSync(join(dir, 'work', 'tree'))
      symlinkSync('/etc/passwd', join(dir, 'work', 'tree', 'x'))
      assert.equal(await run('js', 'run', 'count.mjs', '--input', 'tree'), 2)
      assert.equal(api.requests.length, 0)
    })
  })

  describe('job', () => {
    beforeEach(async () => {
      await run('js', 'run', 'count.mjs', '--detach', '--name', 'counting')
      succeed('job1')
      renew()
    })

    it('default: list, show, logs, wait, why', async () => {
      assert.equal(await run('job', 'list'), 0)
      assert.match(io.out(), /^CREATED +ID +JOB +TYPE +STATE +NAME +EXIT +PRICE +PROVIDER\n/)
      assert.match(io.out(), /job1 +js +batch +done +counting +0 +0\.0015 DCN/)
      renew()
      assert.equal(await run('job', 'show', 'counting'), 0)
      assert.match(io.out(), /outputs\/count\.txt \(1 B\)/)
      renew()
      assert.equal(await run('job', 'logs', 'job1', '--follow'), 0)
      assert.equal(io.out(), 'out\n')
      assert.equal(await run('job', 'wait', 'jo'), 0)
      renew()
      assert.equal(await run('job', 'why', 'job1'), 0)
      assert.match(io.out(), /2 × not enough memory/)
    })

    it('default: get copies the files, and overwrites nothing', async () => {
      assert.equal(await run('job', 'get', 'job1', '--out', 'got'), 0)
      assert.equal(readFileSync(join(dir, 'work', 'got', 'outputs', 'count.txt'), 'utf8'), '2')
      assert.equal(await run('job', 'get', 'job1', '--out', 'got'), 2)
    })

    it('error: a result whose names lead out of the directory', async () => {
      api.file('job1', '../evil', 'x')
      assert.equal(await run('job', 'get', 'job1', '--out', 'got'), 2)
      assert.throws(() => readFileSync(join(dir, 'work', 'evil')))
    })

    it('default: cancel', async () => {
      await run('js', 'run', 'count.mjs', '--detach')
      assert.equal(await run('job', 'cancel', 'job2'), 0)
      assert.equal((await api.job('job2'))?.state, 'cancelled')
    })

    it('default: dispute, accept, appeal', async () => {
      await run('js', 'run', 'count.mjs', '--detach', '--verify', 'committee')
      assert.deepEqual(api.requests.at(-1)?.spec['verify'], { policy: { committee: 3 } })
      assert.equal(await run('job', 'accept', 'job2'), 2)
      api.move('job2', 'review')
      assert.equal(await run('job', 'accept', 'job2'), 0)
      assert.equal(await run('dispute', 'job2', '--reason', 'it is wrong'), 0)
      renew()
      assert.equal(await run('job', 'show', 'job2'), 0)
      assert.match(io.out(), /dispute +it is wrong[\s\S]*court\n +the creator challenged/)
      assert.equal(await run('dispute', 'job2', '--appeal', '--json'), 0)
      assert.match(io.out(), /0xappeal/)
      assert.equal(await run('js', 'run', 'count.mjs', '--verify', 'maybe'), 2)
    })

    it('default: a job with replicas: what all of them cost, how they stand, the output of one', async () => {
      const flags = ['--verify', 'replicas:3/2', '--verbose', '--detach', '--bid', '2']
      assert.equal(await run('js', 'run', 'count.mjs', ...flags), 0)
      assert.deepEqual(api.requests.at(-1)?.spec['verify'], { policy: { replicas: { n: 3, min: 2 } } })
      assert.match(
        io.err(),
        /price {5}--verify replicas:3 needs 3 providers, fewer are there, at most 12 DCN, as --bid is for each run; none [\d.]+ DCN; spot:5% /
      )
      assert.equal(await run('js', 'run', 'count.mjs', '--verify', 'replicas:3', '--detach'), 0)
      assert.deepEqual(api.requests.at(-1)?.spec['verify'], { policy: { replicas: { n: 3 } } })
      for (const wrong of ['replicas:', 'replicas:x', 'replicas:3/2/1', 'replicas:3/1', 'replicas:99']) {
        assert.equal(await run('js', 'run', 'count.mjs', '--verify', wrong), 2, wrong)
      }
      const replica = { state: 'done', provider: PROVIDER, price: '1500', digest: DEAL, agrees: true } as const
      const differs = { ...replica, replica: 2, state: 'settling', digest: PROVIDER, agrees: false } as const
      const replicas = [
        { ...replica, replica: 0 },
        { ...replica, replica: 1 },
        { ...differs, reason: 'outvoted' }
      ]
      api.move('job2', 'done', { quorum: 2, price: '4500', replicas })
      renew()
      assert.equal(await run('job', 'show', 'job2'), 0)
      assert.match(io.out(), /agreement +2 equal of 3 results, 2 needed/)
      assert.match(
        io.out(),
        /replicas\n +ID +NODE ID +STATE .*\n +0 .* done .*agrees\n +1 .* done .*agrees\n +2 .* settling .*differs +outvoted\n/
      )
      assert.equal(await run('job', 'logs', 'job2', '--replica', '2'), 0)
      assert.equal(await run('job', 'logs', 'job2', '--replica', '3'), 2)
      assert.equal(await run('job', 'logs', 'job2', '--replica', 'first'), 2)
      assert.equal(await run('job', 'logs', 'job1', '--replica', '0'), 2)
    })

    it('behavior: replicas of a container: a warning before anything is submitted, none for a program', async () => {
      const submitted = async (...words: string[]): Promise<string> => {
        renew()
        assert.equal(await run(...words), 0)
        return io.err()
      }
      const flags = ['--verify', 'replicas:3/2', '--detach']
      const warning = /^note: replicas of a container agree only if/m
      assert.match(await submitted('docker', 'run', 'debian:12', ...flags, '--', 'true'), warning)
      assert.deepEqual(api.requests.at(-1)?.spec['verify'], { policy: { replicas: { n: 3, min: 2 } } })
      assert.match(await submitted('docker', 'run', 'debian:12', ...flags, '--count', '2'), warning)
      assert.doesNotMatch(await submitted('docker', 'run', 'debian:12', ...flags, '--json'), warning)
      assert.doesNotMatch(await submitted('docker', 'run', 'debian:12', '--detach'), warning)
      assert.doesNotMatch(await submitted('js', 'run', 'count.mjs', ...flags), warning)
    })

    it('default: seats', async () => {
      for (const words of ['seat list --mine', 'seat take', 'seat leave 4', 'seat list --json', 'seat status']) {
        assert.equal(await run(...words.split(' ')), 0, words)
      }
      assert.match(io.out(), /nothing new draws seat 4/)
      assert.match(io.out(), /judged +5, 1 declined\nearned +0\.015 DCN\nlost +0\.003 DCN/)
      assert.equal(await run('seat', 'leave', '5'), 2)
      assert.equal(await run('seat', 'leave', 'mine'), 2)
    })

    it('error: an unknown job', async () => {
      assert.equal(await run('job', 'show', 'zzz', '--json'), 2)
      assert.match(io.out(), /"name":"JobNotFoundError"/)
      renew()
      assert.equal(await run('job', 'wait', 'couting'), 2)
      assert.match(io.err(), /there is no job couting\n +did you mean "counting"\?/)
    })

    it('error: options out of range', async () => {
      assert.equal(await run('job', 'list', '--limit', '0'), 2)
      assert.equal(await run('job', 'list', '--state', 'lost'), 2)
    })
  })
})
