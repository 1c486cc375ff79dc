import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog } from '../../../../node/log/create.ts'
import { openLogFile } from '../../../../node/log/file.ts'
import { scoped } from '../../../../node/log/scoped.ts'
import { encodeInvite } from '../../../../protocols/common/invite.ts'
import { chainlessNetwork } from '../../../support/deal/nodes.ts'

const BASE = { level: 'info', format: 'json', maxBytes: 64 * 1024, keep: 2 } as const

describe('log', () => {
  let lines: string[]
  const write = (line: string): void => void lines.push(line)
  beforeEach(() => {
    lines = []
  })

  it('default: one JSON object a line, with the part that says it', () => {
    const { log } = createLog(BASE, write)
    scoped(log, 'provider').info({ deal: '0x1', error: new TypeError('no') }, 'refused')
    log.debug('nothing')
    const { time, ...rest } = JSON.parse(lines.join('')) as { time: number }
    assert.ok(time > 0)
    const error = { name: 'TypeError', message: 'no' }
    assert.deepEqual(rest, { level: 30, component: 'provider', deal: '0x1', error, msg: 'refused' })
  })

  it('default: text for people', () => {
    const { log } = createLog({ ...BASE, format: 'text' }, write)
    scoped(log, 'api').warn({ status: 500, n: [1] }, 'failed')
    assert.match(lines[0] ?? '', /^[\d:.]{12} warn {2}api: failed status=500 n=\[1\]\n$/)
  })

  it('default: an error is its name and message, or the message alone where only that was given', () => {
    for (const format of ['json', 'text'] as const) {
      const { log } = createLog({ ...BASE, format }, write)
      log.warn({ error: new TypeError('no') }, 'failed')
      log.warn({ error: 'no answer' }, 'failed')
    }
    const [first = '', second = '', third = '', fourth = ''] = lines
    const errorOf = (line: string): unknown => (JSON.parse(line) as { error: unknown }).error
    assert.deepEqual(
      [errorOf(first), errorOf(second)],
      [{ name: 'TypeError', message: 'no' }, { message: 'no answer' }]
    )
    assert.ok(third.endsWith('failed error=TypeError: no\n'), third)
    assert.ok(fourth.endsWith('failed error=no answer\n'), fourth)
  })

  it('behavior: what strangers say neither begins a line nor moves the cursor', () => {
    const { log } = createLog({ ...BASE, format: 'text' }, write)
    const reason = 'full\n12:00:00.000 error api: stolen\u001b[2J\u009b1A\u202e'
    log.info({ reason, list: [reason] }, `refused: ${reason}`)
    assert.equal(lines.join('').split('\n').length, 2)
    assert.doesNotMatch(lines.join(''), /[\u001b\u009b\u202e]/)
  })

  it('behavior: the level can be changed', () => {
    const { log, setLevel } = createLog(BASE, write)
    const child = scoped(log, 'x')
    child.debug('a')
    setLevel('debug')
    log.debug('b')
    scoped(log, 'y').debug('c')
    setLevel('silent')
    log.error('d')
    assert.deepEqual(
      lines.map(line => (JSON.parse(line) as { msg: string }).msg),
      ['b', 'c']
    )
  })

  it('behavior: no secret is ever written, whatever it is called and wherever it stands', () => {
    const secret = Uint8Array.from({ length: 32 }, (_, i) => (i * 37) % 256)
    const network = { ...chainlessNetwork(), secret }
    const token = 'T0ken-of-the-api_abcdefgh'
    const passphrase = 'correct "horse" battery'
    const forms = [
      token,
      passphrase,
      Buffer.from(secret).toString('hex'),
      Buffer.from(secret).toString('base64'),
      encodeInvite(network)
    ]
    for (const format of ['json', 'text'] as const) {
      lines = []
      const { log, hide } = createLog({ ...BASE, format, level: 'trace' }, write)
      for (const value of [token, passphrase, secret]) hide(value)
      for (const form of forms) {
        log.trace({ anything: form, deep: { er: { still: [form] } } }, `said ${form}`)
        log.error({ error: new Error(`in ${form}`) }, 'failed')
      }
      log.trace({ bytes: secret, buffer: Buffer.from(secret), list: [...secret], network })
      log.trace({
        token: 'unknown-to-it',
        options: { privateKey: '0xabc123', authorization: 'Bearer zzz', seed: 'sss' }
      })
      const all = lines.join('')
      for (const form of [
        ...forms,
        'horse',
        'unknown-to-it',
        '0xabc123',
        'Bearer zzz',
        'sss',
        [...secret].join(','),
        '"1":37,"2":74,"3":111'
      ]) {
        assert.ok(!all.includes(form), `${form} in ${format}`)
      }
      assert.ok(all.includes('[hidden]'))
      if (format === 'json') for (const line of lines) JSON.parse(line)
    }
  })

  describe('to a file', () => {
    let dir: string
    beforeEach(() => {
      dir = mkdtempSync(join(tmpdir(), 'dcn-log-'))
    })
    afterEach(() => rmSync(dir, { recursive: true, force: true }))

    it('default: JSON, for its owner alone; full files are put aside, the oldest are gone', async () => {
      const file = join(dir, 'logs', 'node.log')
      const { log, close } = createLog({ ...BASE, format: 'text', file }, write)
      const padding = 'x'.repeat(1000)
      for (let i = 0; i < 400; i++) {
        log.info({ i, padding }, 'line')
        // a stream that is filled at once is put aside late: let it write
        if (i % 20 === 0) await new Promise(resolve => setImmediate(resolve))
      }
      await close()
      const files = readdirSync(join(dir, 'logs')).sort()
      assert.deepEqual(files, ['node.log', 'node.log.1', 'node.log.2'])
      assert.equal(statSync(file).mode & 0o777, 0o600)
      const last = readFileSync(file, 'utf8').trim().split('\n').at(-1) ?? '{}'
      assert.equal((JSON.parse(last) as { i: number }).i, 399)
      assert.deepEqual(lines, [])
    })

    it('behavior: an error is not the end of the log', async () => {
      const path = join(dir, 'node.log')
      const told: string[] = []
      const file = openLogFile({ path, maxBytes: 100, keep: 1, retryMs: 0, onError: said => told.push(said) })
      // it cannot be put aside: a folder that is not empty is in the way
      mkdirSync(join(dir, 'node.log.1', 'x'), { recursive: true })
      const isTold = async () => {
        for (let i = 0; told.length === 0 && i < 500; i++) {
          file.write(`${'x'.repeat(60)}\n`)
          await new Promise(resolve => setTimeout(resolve, 2))
        }
      }
      await isTold()
      assert.match(told[0] ?? '', /cannot be written/)
      rmSync(join(dir, 'node.log.1'), { recursive: true })
      for (let i = 0; i < 3; i++) {
        file.write('after\n')
        await new Promise(resolve => setTimeout(resolve, 10))
      }
      await file.close()
      assert.match(readFileSync(path, 'utf8'), /after/)
    })

    it('error: a file that cannot be written', () => {
      writeFileSync(join(dir, 'file'), '')
      for (const file of [join(dir, 'file', 'node.log'), dir]) {
        assert.throws(() => createLog({ ...BASE, file }, write), { name: 'LogFileError', field: 'log.file' })
      }
    })
  })
})
