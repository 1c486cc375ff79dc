import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConfigSources, effectiveConfig } from '../../../../node/config/load.ts'
import { envOf, flagOf, OPTIONS } from '../../../../node/config/options.ts'
import { toPrice } from '../../../../node/config/prices.ts'

describe('config/load', () => {
  let dir: string
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-config-'))
  })
  after(() => rmSync(dir, { recursive: true, force: true }))

  function file(text: string): string {
    const path = join(dir, 'node.yaml')
    writeFileSync(path, text)
    return path
  }
  function origin(sources: ConfigSources, key: string): [unknown, string] {
    const found = effectiveConfig(sources).values.find(v => v.key === key)
    return [found?.value, found?.origin ?? '']
  }

  it('default: needs nothing', () => {
    const { config, values, warnings } = effectiveConfig()
    assert.deepEqual(config.roles, ['creator'])
    assert.equal(config.http.host, '127.0.0.1')
    assert.equal(config.dataDir, join(homedir(), '.dcn'))
    assert.equal(values.length, OPTIONS.length)
    assert.deepEqual(warnings, [])
  })

  it('behavior: flag beats variable beats file beats default', () => {
    const path = file('http:\n  port: 1\n')
    const env = { DCN_HTTP_PORT: '2', DCN_CONFIG: path }
    assert.deepEqual(origin({ flags: { 'http.port': '3' }, env }, 'http.port'), [3, 'flag'])
    assert.deepEqual(origin({ env }, 'http.port'), [2, 'env'])
    assert.deepEqual(origin({ env: { DCN_HTTP_PORT: '' }, file: path }, 'http.port'), [1, 'file'])
    assert.deepEqual(origin({}, 'http.port'), [0, 'default'])
  })

  describe('node.yaml of the data directory', () => {
    const home = (): ConfigSources => ({ homeFile: true, env: { DCN_DATA_DIR: dir } })

    it('default: stands below flags and variables and above defaults', () => {
      const path = file('http:\n  port: 1\n')
      const at = (more: ConfigSources) => {
        const found = effectiveConfig({ ...home(), ...more }).values.find(v => v.key === 'http.port')
        return [found?.value, found?.from]
      }
      assert.deepEqual(at({}), [1, `${path}: http.port`])
      assert.deepEqual(at({ env: { DCN_DATA_DIR: dir, DCN_HTTP_PORT: '2' } }), [2, 'DCN_HTTP_PORT'])
      assert.deepEqual(at({ flags: { 'http.port': '3' } }), [3, '--http-port'])
      // the directory by flag or variable, relative to where one stands
      assert.deepEqual(at({ env: {}, flags: { dataDir: '.' }, cwd: dir }), [1, `${path}: http.port`])
      assert.equal(effectiveConfig(home()).file, path)
      // only for those who ask for it
      assert.deepEqual(at({ homeFile: false }), [0, 'http.port'])
      rmSync(path)
      assert.deepEqual(at({}), [0, 'http.port'])
      assert.equal(effectiveConfig(home()).file, undefined)
    })

    it('behavior: a named file stands in for it', () => {
      const path = file('http:\n  port: 1\n')
      const other = join(dir, 'other.yaml')
      writeFileSync(other, 'drainSec: 7\n')
      for (const sources of [
        { ...home(), file: other },
        { ...home(), env: { DCN_DATA_DIR: dir, DCN_CONFIG: other } }
      ]) {
        const { config, file: read } = effectiveConfig(sources)
        assert.deepEqual([config.drainSec, config.http.port, read], [7, 0, other])
      }
      rmSync(path)
    })

    it('error: it may not send the node to another directory', () => {
      const path = file('dataDir: elsewhere\n')
      assert.throws(() => effectiveConfig(home()), { name: 'InvalidInputError', field: 'dataDir', limit: dir })
      file(`dataDir: ${dir}\n`)
      assert.equal(effectiveConfig(home()).config.dataDir, dir)
      rmSync(path)
    })
  })

  it('behavior: reads every kind from text', () => {
    const flags = {
      roles: 'provider, relay',
      'offer.cpu': '2.5',
      'offer.memory': '8GiB',
      'offer.disk': '50%',
      labels: 'region=eu,tier=a=b',
      autoDeposit: 'no',
      network: 'net.yaml',
      'prices.perJob': '0.25'
    }
    const { config } = effectiveConfig({ flags, cwd: dir })
    assert.deepEqual(config.roles, ['provider', 'relay'])
    assert.equal(config.offer.cpu, 2500)
    assert.equal(config.offer.memory, 8 * 2 ** 30)
    assert.equal(config.offer.disk, '50%')
    assert.deepEqual(config.labels, { region: 'eu', tier: 'a=b' })
    assert.equal(config.autoDeposit, false)
    assert.equal(config.network, join(dir, 'net.yaml'))
    assert.equal(toPrice(config.prices, 6).perJob, 250_000n)
  })

  it('behavior: a path in a file starts from the file, an invite stays as it is', () => {
    const path = file('dataDir: data\nnetwork: dcn1abc\nprices: { perJob: 0.5 }\noffer: { cpu: 0.5 }\n')
    const { config } = effectiveConfig({ file: path, cwd: '/' })
    assert.equal(config.dataDir, join(dir, 'data'))
    assert.equal(config.network, 'dcn1abc')
    assert.equal(config.prices.perJob, '0.5')
    assert.equal(config.offer.cpu, 500)
  })

  for (const [title, text, field] of [
    ['an unknown key', 'rolez: [provider]', 'rolez'],
    ['an unknown key in a section', 'http: { prot: 1 }', 'http.prot'],
    ['a section that is a value', 'http: 3', 'http'],
    ['a value out of range', 'http: { port: 70000 }', 'http.port'],
    ['an unknown role', 'roles: [solver]', 'roles'],
    ['a secret', 'passphrase: x', 'passphrase']
  ] as const) {
    it(`error: ${title} in the file`, () => {
      assert.throws(() => effectiveConfig({ file: file(text) }), { name: 'InvalidInputError', field })
    })
  }

  it('behavior: lists of creators are accounts in lower case, by flag, variable or file', () => {
    const account = `0x${'aB'.repeat(20)}`
    const lower = account.toLowerCase()
    const { config } = effectiveConfig({ flags: { 'creators.allow': `${account},0x${'00'.repeat(20)}` } })
    assert.deepEqual(config.creators, { allow: [lower, `0x${'00'.repeat(20)}`], deny: [] })
    assert.deepEqual(origin({ env: { DCN_DENY_CREATOR: account } }, 'creators.deny'), [[lower], 'env'])
    const path = file(`creators:\n  deny: ["${account}"]\n`)
    assert.deepEqual(origin({ file: path }, 'creators.deny'), [[lower], 'file'])
    const both = { 'creators.allow': account, 'creators.deny': lower }
    assert.throws(() => effectiveConfig({ flags: both }), { name: 'InvalidInputError', field: 'creators.deny' })
    assert.throws(() => effectiveConfig({ flags: { 'creators.deny': 'alice' } }), {
      name: 'InvalidInputError',
      field: 'creators.deny'
    })
  })

  it('error: names the nearest key', () => {
    assert.throws(
      () => effectiveConfig({ file: file('datDir: x') }),
      (e: { remedy?: string }) => e.remedy?.includes('dataDir') === true
    )
  })

  for (const [key, text] of [
    ['http.port', 'x'],
    ['autoDeposit', 'maybe'],
    ['labels', 'region'],
    ['offer.memory', '8G'],
    ['prices.perJob', '-1'],
    ['listen', 'localhost'],
    ['init', 'My Net']
  ] as const) {
    it(`error: --${key} ${text}`, () => {
      assert.throws(() => effectiveConfig({ flags: { [key]: text } }), { name: 'InvalidInputError' })
    })
  }

  it('error: files that are missing, too large or no YAML', () => {
    assert.throws(() => effectiveConfig({ file: join(dir, 'none.yaml') }), { name: 'InvalidInputError' })
    assert.throws(() => effectiveConfig({ file: file('#'.repeat(300_000)) }), { name: 'TooLargeError' })
    assert.throws(() => effectiveConfig({ file: file('a: [') }), { name: 'InvalidInputError' })
  })

  it('behavior: warns about a misspelt variable and an open API', () => {
    const { warnings } = effectiveConfig({ env: { DCN_ROLLE: 'x', DCN_TOKEN: 't' }, flags: { 'http.host': '0.0.0.0' } })
    assert.equal(warnings.length, 2)
    assert.match(warnings[0] ?? '', /DCN_ROLE/)
  })

  it('behavior: every option has its own flag and variable', () => {
    assert.equal(new Set(OPTIONS.map(flagOf)).size, OPTIONS.length)
    assert.equal(new Set(OPTIONS.map(envOf)).size, OPTIONS.length)
    const dataDir = OPTIONS.find(o => o.key === 'dataDir')
    assert.deepEqual([dataDir && flagOf(dataDir), dataDir && envOf(dataDir)], ['data-dir', 'DCN_DATA_DIR'])
  })

  it('error: a price finer than the token', () => {
    const { config } = effectiveConfig({ flags: { 'prices.perJob': '0.0000001' } })
    assert.throws(() => toPrice(config.prices, 6), { name: 'InvalidInputError' })
  })
})
