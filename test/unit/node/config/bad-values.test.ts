import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { effectiveConfig } from '../../../../node/config/load.ts'
import { envOf, flagOf, OPTIONS } from '../../../../node/config/options.ts'
import type { UserError } from '../../../../protocols/common/errors.ts'

const LONG = 'x'.repeat(20_000)
const account = (digit: string): string => `0x${digit.repeat(40)}`
const many = (count: number, entry: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => entry(i)).join(',')

/** Texts that each option refuses: wrong kind, out of range, too long, too many. */
const BAD: Record<string, readonly string[]> = {
  roles: ['provdr', LONG, 'relay,relay,relay,relay,relay,relay'],
  network: ['/tmp/a\u0007b', `dcn1${LONG}`],
  init: ['My Net', '-a', 'a-', 'a'.repeat(32)],
  membership: ['closed', 'Open', LONG],
  mdns: ['maybe', '2'],
  rpc: ['ftp://here', 'http://a b', `http://${LONG}`, many(40, () => 'http://a')],
  escrow: ['0x12', account('g')],
  dataDir: [LONG, 'a\u0000b'],
  listen: ['localhost', `/${LONG}`, many(17, () => '/ip4/1.1.1.1/tcp/1')],
  announce: ['localhost', many(9, () => '/ip4/1.1.1.1/tcp/1')],
  relayMembers: ['sometimes'],
  'git.privateHosts': ['https://git.lan', 'git lan', 'a/b', LONG, many(65, i => `h${i}`)],
  'http.host': [LONG],
  'http.port': ['x', '-1', '65536', '1.5', '9'.repeat(30)],
  'prices.perJob': ['-1', 'free', '1e3', '1'.repeat(41)],
  'prices.perCpuHour': ['-1', '0,5'],
  'prices.perGiBHour': ['-1'],
  'prices.perDiskGiBHour': ['.5'],
  'prices.perGpuHour': ['0x1'],
  'terms.collateralPercent': ['50%', '10001'],
  'terms.submitBaseSec': ['0', '2m', '604801'],
  'terms.reviewSec': ['0', '604801'],
  'offer.cpu': ['many', '0', '0%', '101%', '1.5%', '%', '2000', '-1'],
  'offer.memory': ['8G', '0', '0B', '101%', '-5%', LONG],
  'offer.disk': ['8 XB', '0B', '200%'],
  'offer.gpu': ['x'.repeat(129), many(65, String)],
  'offer.jobs': ['0', '1025', 'all'],
  schedule: ['monn', 'mon 8-9', LONG],
  timeZone: ['Mars/Olympus', LONG],
  'creators.allow': ['alice', account('g'), many(1025, i => `0x${String(i).padStart(40, '0')}`)],
  'creators.deny': ['alice'],
  'images.allow': ['a*b*c', 'busybox:latest', 'sha256:00', 'ipfs://nothing', '$x', LONG],
  'images.deny': ['b c'],
  'modules.allow': ['word-stats.mjs', LONG],
  'modules.deny': ['bafk'],
  labels: ['region', 'Re gion=x', `a=${'x'.repeat(65)}`, many(17, i => `l${i}=x`)],
  engines: ['podman', 'js,js,js,js,js'],
  'docker.socket': [LONG],
  'docker.runtime': ['x'.repeat(65)],
  'docker.networks': ['host'],
  'docker.imageQuotaBytes': ['20G', '-1'],
  'storage.quotaBytes': ['0B', 'lots'],
  autoDeposit: ['maybe'],
  'board.serve': ['maybe'],
  'board.minFee': ['-1', 'much'],
  'mediator.seats': ['1025', '-1'],
  'mediator.judgements': ['0', '1025'],
  drainSec: ['1m', '86401'],
  passphraseFile: [LONG],
  insecureDevKeys: ['2'],
  'log.level': ['loud'],
  'log.format': ['xml'],
  'log.file': [LONG],
  'log.maxBytes': ['1KiB', '10M'],
  'log.keep': ['0', '101'],
  'metrics.listen': ['9464', 'localhost:x', '127.0.0.1:70000'],
  'faucet.listen': ['8600', 'localhost:x', '127.0.0.1:70000'],
  'faucet.contract': ['0x12', 'faucet', `0x${'g'.repeat(40)}`],
  'faucet.work': ['-1', '25', '1.5', 'hard'],
  'faucet.perIp': ['0', '1000001', 'many'],
  'faucet.perDay': ['0', '1000001', 'many'],
  'faucet.proxyHeader': ['X Forwarded', 'a:b', 'x'.repeat(65)]
}

/** Values of a file that no text of a flag could be. */
const WRONG_TYPES: readonly unknown[] = [{ nested: { deep: true } }, [[1]], -1, 0.5]

describe('config: every option says what is wrong with it', () => {
  let dir: string
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-config-'))
  })
  after(() => rmSync(dir, { recursive: true, force: true }))

  function refusal(sources: Parameters<typeof effectiveConfig>[0]): UserError {
    try {
      effectiveConfig(sources)
    } catch (error) {
      return error as UserError
    }
    assert.fail('nothing was refused')
  }

  for (const option of OPTIONS) {
    it(`error: --${flagOf(option)}`, () => {
      const texts = BAD[option.key]
      assert.ok(texts !== undefined && texts.length > 0, 'an option without a bad value')
      for (const text of texts) {
        for (const [from, sources] of [
          [`--${flagOf(option)}`, { flags: { [option.key]: text } }],
          [envOf(option), { env: { [envOf(option)]: text } }]
        ] as const) {
          const error = refusal(sources)
          const what = `${from} ${text.slice(0, 20)}: ${error.message}`
          assert.equal(error.name, 'InvalidInputError', what)
          assert.equal(error.field, option.key, what)
          assert.ok(error.value !== undefined && error.remedy && error.limit, what)
          assert.ok(!/Invalid|Too (big|small)|regex|union/.test(error.message), what)
          assert.ok(!/[\u0000-\u001f]/.test(error.message) || /[\u0000-\u001f]/.test(text), what)
        }
      }
    })
  }

  it('error: wrong types in a file, for every option', () => {
    const path = join(dir, 'node.json')
    for (const { key } of OPTIONS) {
      for (const value of WRONG_TYPES) {
        const [section = '', name] = key.split('.')
        writeFileSync(
          path,
          JSON.stringify(name === undefined ? { [section]: value } : { [section]: { [name]: value } })
        )
        if (fits(key, value)) continue
        const error = refusal({ file: path })
        assert.equal(error.name, 'InvalidInputError', `${key}: ${JSON.stringify(value)}`)
        assert.equal(error.field, key, error.message)
        assert.ok(error.message.includes(path), error.message)
      }
    }
  })

  it('error: the nearest choice is the remedy', () => {
    assert.equal(refusal({ flags: { roles: 'provdr' } }).remedy, 'write provider')
    assert.equal(refusal({ flags: { 'log.level': 'wran' } }).remedy, 'write warn')
    assert.equal(refusal({ flags: { timeZone: 'Europe/Lodnon' } }).remedy, 'write Europe/London')
  })

  it('error: a file in another encoding, or broken, says so in one line', () => {
    const path = join(dir, 'node.yaml')
    writeFileSync(path, Buffer.from([0x69, 0x6e, 0x69, 0x74, 0x3a, 0x20, 0xff, 0xfe]))
    assert.equal(refusal({ file: path }).name, 'InvalidInputError')
    writeFileSync(path, 'http: { port: [\n')
    const { name, message } = refusal({ file: path })
    assert.equal(name, 'InvalidInputError')
    assert.match(message, /line 2/)
    assert.ok(!message.includes('\n'))
  })
})

/** What is no mistake: half a core, half a token. */
function fits(key: string, value: unknown): boolean {
  return value === 0.5 && (key === 'offer.cpu' || key.startsWith('prices.') || key === 'board.minFee')
}
