import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StartDaemon } from '../../../../node/cli/daemon-api.ts'
import { dcnNode } from '../../../../node/cli/node-program.ts'
import { askPassphrase } from '../../../../node/cli/passphrase.ts'
import type { Config } from '../../../../node/config/schema.ts'
import { until } from '../../../support/hosts.ts'
import { ACCOUNT } from '../http/memory-parts.ts'
import { memoryIo, typingIo } from './memory-io.ts'

describe('cli/node-program', () => {
  /** Stands where the node is, and shows what it was given. */
  function recorder(invite?: string, wantsPhrase = false) {
    const closed = Promise.withResolvers<void>()
    const seen: { config?: Config; stopped: number; end: () => void; passphrase?: string } = {
      stopped: 0,
      end: closed.resolve
    }
    const start: StartDaemon = async (config, daemonIo) => {
      if (wantsPhrase) seen.passphrase = await daemonIo.passphrase({ isNew: true })
      seen.config = config
      return {
        ready: {
          peerId: '12D3KooWtest',
          account: ACCOUNT,
          addrs: ['/ip4/127.0.0.1/tcp/1'],
          roles: config.roles,
          network: { id: 'lab', name: 'lab' },
          api: 'http://127.0.0.1:1',
          dataDir: config.dataDir,
          metrics: 'http://127.0.0.1:9464/metrics',
          offer: { engines: ['js'], price: { ...config.prices }, hours: 'mon 08:00-14:00; closed until Mon 08:00' },
          ...(invite === undefined ? {} : { invite }),
          warnings: [{ message: 'no GPU \u001b[2J' }]
        },
        stop: async () => {
          seen.stopped++
          closed.resolve()
        },
        closed: closed.promise
      }
    }
    return { seen, load: async () => start }
  }

  it('default: starts with the settings of its flags, says so, stops on Ctrl-C', async () => {
    const io = memoryIo()
    const { seen, load } = recorder('dcn1abc')
    const running = dcnNode(
      [
        '--init',
        'lab',
        '--role',
        'provider,relay',
        '--role',
        'creator',
        '--price-cpu-hour',
        '0.5',
        '--insecure-dev-keys'
      ],
      io,
      load
    )
    await turns()
    assert.deepEqual(seen.config?.roles, ['provider', 'relay', 'creator'])
    assert.equal(seen.config?.prices.perCpuHour, '0.5')
    assert.equal(seen.config?.insecureDevKeys, true)
    assert.match(io.out(), /--network dcn1abc\n\nready\n$/)
    assert.match(io.out(), /^hours +mon 08:00-14:00; closed until Mon 08:00$/m)
    assert.match(io.out(), /^metrics +http:\/\/127\.0\.0\.1:9464\/metrics$/m)
    assert.ok(!io.out().includes('\u001b'))
    assert.equal(seen.stopped, 0)
    io.interrupt()
    assert.equal(await running, 0)
    assert.equal(seen.stopped, 1)
  })

  it('behavior: --json prints ready and stopped; the API can ask for the end', async () => {
    const io = memoryIo({ env: { DCN_ROLE: 'relay', DCN_ROLLE: 'x' } })
    const { seen, load } = recorder()
    const running = dcnNode(['--json', '--init', 'lab', '--drain-sec', '5'], io, load)
    await turns()
    seen.end()
    assert.equal(await running, 0)
    assert.deepEqual(
      io.lines().map(l => l['event']),
      ['ready', 'stopped']
    )
    assert.match(io.out(), /DCN_ROLLE is no setting/)
    assert.equal(seen.config?.drainSec, 5)
  })

  it('error: wrong settings do not load the node', async () => {
    const load = () => Promise.reject(new Error('loaded'))
    for (const args of [
      ['--role', 'solver'],
      ['--http-port', 'x'],
      ['--rolle', 'relay'],
      ['--config', '/none.yaml']
    ]) {
      const io = memoryIo()
      assert.equal(await dcnNode(args, io, load), 2)
      assert.ok(!io.err().includes('loaded'))
    }
  })

  it('default: a first start at a terminal asks, writes and starts; the next one does not ask', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'dcn-first-'))
    const env = { DCN_DATA_DIR: dir }
    try {
      const { seen, load } = recorder(undefined, true)
      const answers = ['relay\r', '\r', 'mine\r', '\r', '\r', '\r', 'open\r', 'open\r', '\r']
      const asked = dcnNode([], typingIo(answers, { env }), load)
      await until(() => seen.config !== undefined)
      seen.end()
      assert.equal(await asked, 0)
      assert.deepEqual([seen.config?.roles, seen.config?.init], [['relay'], 'mine'])
      assert.equal(seen.passphrase, 'open')
      const again = recorder()
      const io = memoryIo({ env })
      const running = dcnNode(['--drain-sec', '1'], io, again.load)
      await turns()
      again.seen.end()
      assert.equal(await running, 0, io.err())
      assert.deepEqual([again.seen.config?.init, again.seen.config?.drainSec], ['mine', 1])
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })

  it('error: with nothing to go by, nobody is waited for: no terminal, --json, Ctrl-C', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'dcn-first-'))
    const env = { DCN_DATA_DIR: dir }
    const load = () => Promise.reject(new Error('loaded'))
    try {
      const io = memoryIo({ env })
      assert.equal(await dcnNode([], io, load), 2)
      assert.match(io.err(), /--network dcn1…[\s\S]*--init NAME[\s\S]*--passphrase-file/)
      assert.equal(await dcnNode(['--json'], typingIo([], { env }), load), 2)
      assert.equal(await dcnNode([], typingIo([], { env }), load), 130)
      assert.deepEqual(readdirSync(dir), [])
      // settings that somebody wrote are theirs to complete
      const config = join(dir, 'mine.yaml')
      writeFileSync(config, 'roles: [relay]\n')
      assert.equal(await dcnNode(['--config', config], typingIo([], { env }), load), 2)
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })

  it('default: help lists every flag', async () => {
    const io = memoryIo()
    assert.equal(await dcnNode(['--help'], io, recorder().load), 0)
    for (const flag of ['--role', '--network', '--init', '--rpc', '--price-job', '--passphrase-file', '--log-level']) {
      assert.ok(io.out().includes(flag), flag)
    }
  })

  describe('passphrase', () => {
    it('default: from the environment, from a file', async () => {
      const dir = mkdtempSync(join(tmpdir(), 'dcn-pass-'))
      try {
        const file = join(dir, 'pass')
        writeFileSync(file, 'open sesame\n')
        chmodSync(file, 0o600)
        assert.equal(await askPassphrase(memoryIo({ env: { DCN_PASSPHRASE: 'x' } }), { file, isNew: true }), 'x')
        assert.equal(await askPassphrase(memoryIo(), { file, isNew: true }), 'open sesame')
        writeFileSync(file, '\n')
        await assert.rejects(askPassphrase(memoryIo(), { file, isNew: false }), { name: 'InvalidInputError' })
      } finally {
        rmSync(dir, { recursive: true, force: true })
      }
    })

    it('behavior: from a terminal, without showing it, twice when it is new', async () => {
      const io = typingIo(['one\r', 'one\r'])
      assert.equal(await askPassphrase(io, { isNew: true }), 'one')
      assert.ok(!io.err().includes('one') && !io.out().includes('one'))
      await assert.rejects(askPassphrase(typingIo(['one\r', 'two\r']), { isNew: true }), { name: 'InvalidInputError' })
      assert.equal(await askPassphrase(typingIo(['one\r']), { isNew: false }), 'one')
    })

    it('error: no terminal, Ctrl-C, the end of input', async () => {
      await assert.rejects(askPassphrase(memoryIo(), { isNew: false }), { name: 'PassphraseMissingError' })
      await assert.rejects(askPassphrase(typingIo(['on\u0003']), { isNew: false }), { name: 'PassphraseMissingError' })
      await assert.rejects(askPassphrase(typingIo(['on\u0004\u0003']), { isNew: false }), {
        name: 'PassphraseMissingError'
      })
    })
  })
})

/** Lets everything that needs no I/O happen. */
async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise(resolve => setImmediate(resolve))
}
