import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JobState, JobView } from '../../../../node/http/views.ts'
import { until } from '../../../support/hosts.ts'
import { DEAL, PROVIDER } from '../http/memory-api.ts'
import { type MemoryNode, memoryNode } from './memory-node.ts'

const MODULE = 'export default () => 1\n'

describe('cli/program', () => {
  let node: MemoryNode
  beforeEach(async () => {
    node = await memoryNode()
    writeFileSync(join(node.dir, 'work', 'count.mjs'), MODULE)
    writeFileSync(join(node.dir, 'work', 'data.txt'), 'some words')
  })
  afterEach(() => node.stop())
  const run = (...args: string[]): Promise<number> => node.run(...args)

  /** A job whose provider brings an image, and that ends well when that was seen. */
  function bringing(id: string, seen: () => boolean): void {
    const moving = { type: 'transfer', job: id, what: 'image', totalBytes: 100 * 2 ** 20 } as const
    node.api.onSubmit = () => node.api.move(id, 'agreed', { provider: PROVIDER })
    node.api.events = async function* () {
      yield { ...moving, seq: 1, at: 1_000, bytes: 0 }
      yield { ...moving, seq: 2, at: 5_000, bytes: 20 * 2 ** 20 }
      await until(seen)
      succeed(id)
      const job = await node.api.job(id)
      if (job !== undefined) yield { type: 'job', seq: 3, at: 6_000, job }
    }
  }

  /** The way of a job that ends well. */
  function succeed(id: string, exitCode = 0): void {
    node.api.move(id, 'agreed', { provider: PROVIDER, price: '1500' })
    node.api.move(id, 'running')
    node.api.log(id, 'stdout', 'out\n')
    node.api.log(id, 'stderr', 'err\n')
    node.api.file(id, 'outputs/count.txt', '2')
    node.api.move(id, 'done', { outcome: 'exited', exitCode })
  }

  describe('run', () => {
    it('default: uploads, submits, follows and says where and how much', async () => {
      node.api.onSubmit = succeed
      const code = await run('js', 'run', 'count.mjs', '--input', 'data.txt', '--cpu', '0.5', '--', '-x', '--json')
      assert.equal(code, 0, node.io.err())
      assert.equal(node.io.out(), 'out\n')
      assert.match(node.io.err(), /err\n/)
      assert.match(node.io.err(), /dcn job get job1 \(1, 1 B\)/)
      assert.match(node.io.err(), /price +0\.0015 DCN to .* \(no chain/)
      const [request] = node.api.requests
      const [[cid, uploaded] = []] = [...node.api.uploaded]
      assert.deepEqual(uploaded, { '': 'some words' })
      assert.deepEqual(request?.spec, {
        engine: { js: { source: MODULE, args: ['-x', '--json'] } },
        inputs: [{ cid, path: '/inputs/data.txt' }],
        resources: { cpu: '0.5' }
      })
    })

    it('behavior: quiet without a terminal, progress with one', async () => {
      node.api.onSubmit = succeed
      await run('js', 'run', 'count.mjs')
      assert.ok(!node.io.err().includes('running'))
      node.renew({ isTty: true })
      await run('js', 'run', 'count.mjs')
      assert.match(node.io.err(), /job +job2\n(.*\n)*agreed.* 0\.0015 DCN\nrunning/)
    })

    it('behavior: what the provider brings before the start is a line of the terminal, in run and logs, and an event', async () => {
      const line = 'image     20.0 MiB of 100.0 MiB, 5.0 MiB/s, 16 s left, fetched'
      bringing('job1', () => node.io.err().includes(line))
      node.renew({ isTty: true })
      assert.equal(await run('js', 'run', 'count.mjs'), 0)
      assert.ok(node.io.err().includes(`\r\u001b[2K${line}`), node.io.err())
      bringing('job2', () => node.io.err().includes(line))
      assert.equal(await run('js', 'run', 'count.mjs', '--detach'), 0)
      node.api.move('job2', 'agreed', { provider: PROVIDER })
      node.renew({ isTty: true })
      assert.equal(await run('job', 'logs', 'job2', '--follow'), 0)
      assert.equal(node.io.out(), 'out\n')
      bringing('job3', () => node.io.lines().some(l => l['event'] === 'transfer'))
      node.renew()
      assert.equal(await run('js', 'run', 'count.mjs', '--json'), 0)
      assert.deepEqual(node.io.lines().filter(l => l['event'] === 'transfer')[0], {
        event: 'transfer',
        what: 'image',
        bytes: 0,
        totalBytes: 100 * 2 ** 20,
        at: 1_000
      })
    })

    it('behavior: --json is one object per line, ended by the result', async () => {
      node.api.onSubmit = succeed
      assert.equal(await run('js', 'run', 'count.mjs', '--json'), 0)
      const events = node.io.lines().map(l => l['event'])
      assert.equal(events[0], 'submitted')
      assert.equal(events.at(-1), 'end')
      assert.deepEqual(
        node.io.lines().flatMap(l => (l['event'] === 'log' ? [l['text']] : [])),
        ['out\n', 'err\n']
      )
    })

    it('behavior: --out copies the files', async () => {
      node.api.onSubmit = succeed
      assert.equal(await run('js', 'run', 'count.mjs', '--out', 'results'), 0)
      assert.equal(readFileSync(join(node.dir, 'work', 'results', 'outputs', 'count.txt'), 'utf8'), '2')
    })

    it('behavior: --detach prints the id; Ctrl-C leaves the job running', async () => {
      assert.equal(await run('js', 'run', 'count.mjs', '--detach', '--name', 'n', '--bid', '0.5'), 0)
      assert.equal(node.io.out(), 'job1\n')
      assert.deepEqual([node.api.requests[0]?.bid, node.api.requests[0]?.name], ['500000', 'n'])
      node.api.onSubmit = () => node.io.interrupt()
      assert.equal(await run('js', 'run', 'count.mjs'), 0)
      assert.match(node.io.err(), /dcn job wait job2/)
    })

    it('behavior: follows over a restart of the node', async () => {
      node.api.onSubmit = async id => {
        node.api.move(id, 'running')
        node.api.log(id, 'stdout', 'one ')
        await node.server.stop()
        node.api.log(id, 'stdout', 'two')
        await node.server.start()
        node.api.move(id, 'done', { outcome: 'exited', exitCode: 0 })
      }
      assert.equal(await run('js', 'run', 'count.mjs'), 0, node.io.err())
      assert.equal(node.io.out(), 'one two')
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
        node.api.onSubmit = id => node.api.move(id, state, patch)
        assert.equal(await run('js', 'run', 'count.mjs'), code)
      })
    }

    it('default: a container and a specification file', async () => {
      const file = 'engine: { js: { local: count.mjs } }\ninputs: [{ local: data.txt }]\ntimeout: 5s\n'
      writeFileSync(join(node.dir, 'work', 'spec.yaml'), file)
      assert.equal(await run('run', 'spec.yaml', '--detach'), 0, node.io.err())
      const [cid] = [...node.api.uploaded.keys()]
      assert.deepEqual(node.api.requests[0]?.spec, {
        engine: { js: { source: MODULE } },
        inputs: [{ cid, path: '/inputs/data.txt' }],
        timeout: '5s'
      })
      assert.equal(
        await run('docker', 'run', 'debian:12', '--output', 'r:/r', '--detach', '--', 'sh', '-c', 'ls --all'),
        0
      )
      assert.deepEqual(node.api.requests[1]?.spec, {
        engine: { docker: { image: 'debian:12', args: ['sh', '-c', 'ls --all'] } },
        outputs: [{ name: 'r', path: '/r' }]
      })
      // as docker takes it: what follows the image's first word is the container's own
      assert.equal(await run('docker', 'run', 'debian:12', '--detach', 'sh', '-c', 'ls', '--version', '--json'), 0)
      const engine = { docker: { image: 'debian:12', args: ['sh', '-c', 'ls', '--version', '--json'] } }
      assert.deepEqual(node.api.requests[2]?.spec, { engine })
    })

    it('default: a directory and a CID as inputs, a wasm module', async () => {
      mkdirSync(join(node.dir, 'work', 'tree', 'sub'), { recursive: true })
      writeFileSync(join(node.dir, 'work', 'tree', 'sub', 'a b'), '1')
      writeFileSync(join(node.dir, 'work', 'sort.wasm'), Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]))
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
      assert.equal(code, 0, node.io.err())
      const uploaded = [...node.api.uploaded]
      assert.deepEqual(
        uploaded.map(([, files]) => files),
        [{ '': '\x00asm\x01\x00\x00\x00' }, { 'sub/a b': '1' }]
      )
      assert.deepEqual(node.api.requests[0]?.spec['engine'], { wasm: { module: uploaded[0]?.[0] } })
      assert.deepEqual(node.api.requests[0]?.spec['inputs'], [
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
        writeFileSync(join(node.dir, 'work', 'bad.yaml'), 'engine: { js: { source: "1" } }\ninput: []\n')
        assert.equal(await run(...args), 2)
        assert.equal(node.api.requests.length, 0)
        assert.notEqual(node.io.err(), '')
        assert.equal(node.io.out(), '')
      })
    }

    it('error: a link in an input directory is refused', async () => {
      mkdirSync(join(node.dir, 'work', 'tree'))
      symlinkSync('/etc/passwd', join(node.dir, 'work', 'tree', 'x'))
      assert.equal(await run('js', 'run', 'count.mjs', '--input', 'tree'), 2)
      assert.equal(node.api.requests.length, 0)
    })
  })

  describe('job', () => {
    beforeEach(async () => {
      await run('js', 'run', 'count.mjs', '--detach', '--name', 'counting')
      succeed('job1')
      node.renew()
    })

    it('default: list, show, logs, wait, why', async () => {
      assert.equal(await run('job', 'list'), 0)
      assert.match(node.io.out(), /^CREATED +ID +JOB +TYPE +STATE +NAME +EXIT +PRICE +PROVIDER\n/)
      assert.match(node.io.out(), /job1 +js +batch +done +counting +0 +0\.0015 DCN/)
      node.renew()
      assert.equal(await run('job', 'show', 'counting'), 0)
      assert.match(node.io.out(), /outputs\/count\.txt \(1 B\)/)
      node.renew()
      assert.equal(await run('job', 'logs', 'job1', '--follow'), 0)
      assert.equal(node.io.out(), 'out\n')
      assert.equal(await run('job', 'wait', 'jo'), 0)
      node.renew()
      assert.equal(await run('job', 'why', 'job1'), 0)
      assert.match(node.io.out(), /2 × not enough memory/)
    })

    it('default: get copies the files, and overwrites nothing', async () => {
      assert.equal(await run('job', 'get', 'job1', '--out', 'got'), 0)
      assert.equal(readFileSync(join(node.dir, 'work', 'got', 'outputs', 'count.txt'), 'utf8'), '2')
      assert.equal(await run('job', 'get', 'job1', '--out', 'got'), 2)
    })

    it('error: a result whose names lead out of the directory', async () => {
      node.api.file('job1', '../evil', 'x')
      assert.equal(await run('job', 'get', 'job1', '--out', 'got'), 2)
      assert.throws(() => readFileSync(join(node.dir, 'work', 'evil')))
    })

    it('default: cancel', async () => {
      await run('js', 'run', 'count.mjs', '--detach')
      assert.equal(await run('job', 'cancel', 'job2'), 0)
      assert.equal((await node.api.job('job2'))?.state, 'cancelled')
    })

    it('default: dispute, accept, appeal', async () => {
      await run('js', 'run', 'count.mjs', '--detach', '--verify', 'committee')
      assert.deepEqual(node.api.requests.at(-1)?.spec['verify'], { policy: { committee: 3 } })
      assert.equal(await run('job', 'accept', 'job2'), 2)
      node.api.move('job2', 'review')
      assert.equal(await run('job', 'accept', 'job2'), 0)
      assert.equal(await run('dispute', 'job2', '--reason', 'it is wrong'), 0)
      node.renew()
      assert.equal(await run('job', 'show', 'job2'), 0)
      assert.match(node.io.out(), /dispute +it is wrong[\s\S]*court\n +the creator challenged/)
      assert.equal(await run('dispute', 'job2', '--appeal', '--json'), 0)
      assert.match(node.io.out(), /0xappeal/)
      assert.equal(await run('js', 'run', 'count.mjs', '--verify', 'maybe'), 2)
    })

    it('default: a job with replicas: what all of them cost, how they stand, the output of one', async () => {
      const flags = ['--verify', 'replicas:3/2', '--verbose', '--detach', '--bid', '2']
      assert.equal(await run('js', 'run', 'count.mjs', ...flags), 0)
      assert.deepEqual(node.api.requests.at(-1)?.spec['verify'], { policy: { replicas: { n: 3, min: 2 } } })
      assert.match(
        node.io.err(),
        /price {5}--verify replicas:3 needs 3 providers, fewer are there, at most 12 DCN, as --bid is for each run; none [\d.]+ DCN; spot:5% /
      )
      assert.equal(await run('js', 'run', 'count.mjs', '--verify', 'replicas:3', '--detach'), 0)
      assert.deepEqual(node.api.requests.at(-1)?.spec['verify'], { policy: { replicas: { n: 3 } } })
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
      node.api.move('job2', 'done', { quorum: 2, price: '4500', replicas })
      node.renew()
      assert.equal(await run('job', 'show', 'job2'), 0)
      assert.match(node.io.out(), /agreement +2 equal of 3 results, 2 needed/)
      assert.match(
        node.io.out(),
        /replicas\n +ID +NODE ID +STATE .*\n +0 .* done .*agrees\n +1 .* done .*agrees\n +2 .* settling .*differs +outvoted\n/
      )
      assert.equal(await run('job', 'logs', 'job2', '--replica', '2'), 0)
      assert.equal(await run('job', 'logs', 'job2', '--replica', '3'), 2)
      assert.equal(await run('job', 'logs', 'job2', '--replica', 'first'), 2)
      assert.equal(await run('job', 'logs', 'job1', '--replica', '0'), 2)
    })

    it('behavior: replicas of a container: a warning before anything is submitted, none for a program', async () => {
      const submitted = async (...words: string[]): Promise<string> => {
        node.renew()
        assert.equal(await run(...words), 0)
        return node.io.err()
      }
      const flags = ['--verify', 'replicas:3/2', '--detach']
      const warning = /^note: replicas of a container agree only if/m
      assert.match(await submitted('docker', 'run', 'debian:12', ...flags, '--', 'true'), warning)
      assert.deepEqual(node.api.requests.at(-1)?.spec['verify'], { policy: { replicas: { n: 3, min: 2 } } })
      assert.match(await submitted('docker', 'run', 'debian:12', ...flags, '--count', '2'), warning)
      assert.doesNotMatch(await submitted('docker', 'run', 'debian:12', ...flags, '--json'), warning)
      assert.doesNotMatch(await submitted('docker', 'run', 'debian:12', '--detach'), warning)
      assert.doesNotMatch(await submitted('js', 'run', 'count.mjs', ...flags), warning)
    })

    it('default: seats', async () => {
      for (const words of ['seat list --mine', 'seat take', 'seat leave 4', 'seat list --json', 'seat status']) {
        assert.equal(await run(...words.split(' ')), 0, words)
      }
      assert.match(node.io.out(), /nothing new draws seat 4/)
      assert.match(node.io.out(), /judged +5, 1 declined\nearned +0\.015 DCN\nlost +0\.003 DCN/)
      assert.equal(await run('seat', 'leave', '5'), 2)
      assert.equal(await run('seat', 'leave', 'mine'), 2)
    })

    it('error: an unknown job', async () => {
      assert.equal(await run('job', 'show', 'zzz', '--json'), 2)
      assert.match(node.io.out(), /"name":"JobNotFoundError"/)
      node.renew()
      assert.equal(await run('job', 'wait', 'couting'), 2)
      assert.match(node.io.err(), /there is no job couting\n +did you mean "counting"\?/)
    })

    it('error: options out of range', async () => {
      assert.equal(await run('job', 'list', '--limit', '0'), 2)
      assert.equal(await run('job', 'list', '--state', 'lost'), 2)
    })
  })
})
