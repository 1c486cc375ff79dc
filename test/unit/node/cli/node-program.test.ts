import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StartDaemon } from '../../../../node/cli/daemon-api.ts'
import { dcnNode } from '../../../../node/cli/node-program.ts'
import { askPassphrase } from '../../../../node/cli/passphrase.ts'
import type { Config } from '../../../../node/config/schema.ts'
import { ACCOUNT } from '../http/memory-api.ts'
import { memoryIo, typingIo } from './memory-io.ts'

describe('cli/node-program', () => {
  /** Stands where the node is, and shows what it was given. */
  function recorder(invite?: string) {
    const closed = Promise.withResolvers<void>()
    const seen: { config?: Config; stopped: number; end: () => void } = { stopped: 0, end: closed.resolve }
    const start: StartDaemon = async config => {
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
          offer: { engines: ['js'], price: { ...config.prices } },
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
      ['--role', 'provider,relay', '--role', 'creator', '--price-cpu-hour', '0.5', '--insecure-dev-keys'],
      io,
      load
    )
    await turns()
    assert.deepEqual(seen.config?.roles, ['provider', 'relay', 'creator'])
    assert.equal(seen.config?.prices.perCpuHour, '0.5')
    assert.equal(seen.config?.insecureDevKeys, true)
    assert.match(io.out(), /--network dcn1abc\n\nready\n$/)
    assert.ok(!io.out().includes('\u001b'))
    assert.equal(seen.stopped, 0)
    io.interrupt()
    assert.equal(await running, 0)
    assert.equal(seen.stopped, 1)
  })

  it('behavior: --json prints ready and stopped; the API can ask for the end', async () => {
    const io = memoryIo({ env: { DCN_ROLE: 'relay', DCN_ROLLE: 'x' } })
    const { seen, load } = recorder()
    const running = dcnNode(['--json', '--drain-sec', '5'], io, load)
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
