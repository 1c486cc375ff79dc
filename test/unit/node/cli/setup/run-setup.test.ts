import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lacksNetwork, networkMissing, runSetup } from '../../../../../node/cli/setup/run-setup.ts'
import type { HostSurvey } from '../../../../../node/config/host/survey.ts'
import { effectiveConfig } from '../../../../../node/config/load.ts'
import { InvalidInputError } from '../../../../../protocols/common/errors.ts'
import { type MemoryIo, typingIo } from '../memory-io.ts'

const SURVEY: HostSurvey = {
  host: {
    cpuModel: 'Test CPU',
    cpus: 8,
    memoryBytes: 10 * 2 ** 30,
    diskFreeBytes: 100 * 2 ** 30,
    gpus: { devices: [], problems: [] }
  },
  engines: [
    { kind: 'docker', available: false, reason: 'no engine answers' },
    { kind: 'js', available: true, version: '1' },
    { kind: 'wasm', available: true, version: '1' }
  ]
}
const GPU = { id: 'GPU-1', vendor: 'nvidia', model: 'A100', memoryBytes: 40 * 2 ** 30 } as const
const ENTER = '\r'
const PHRASE = ['open sesame\r', 'open sesame\r']

describe('cli/setup/run-setup', () => {
  let dir: string
  let dataDir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-setup-'))
    dataDir = join(dir, 'data')
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  const sources = (env: NodeJS.ProcessEnv = {}, flags: Record<string, string> = {}) => ({
    flags: { dataDir, ...flags },
    env,
    cwd: dir,
    homeFile: true
  })
  const world = (survey = SURVEY) => ({
    survey: async () => survey,
    networkName: async (given: string) => {
      if (given.endsWith('bad'))
        throw new InvalidInputError('a part of the invite is missing', { remedy: 'copy it whole' })
      return 'acme'
    }
  })
  const written = (): string => readFileSync(join(dataDir, 'node.yaml'), 'utf8')
  /** Each question as it was shown, with what readline adds taken away. */
  const shown = (io: MemoryIo): string => io.err().replace(/\u001b\[\d*[A-Z]/g, '')

  it('default: Enter at every question makes a creator with a network of its own', async () => {
    const io = typingIo([ENTER, ENTER, ENTER, ENTER, ENTER, ...PHRASE, ENTER], { cwd: dir })
    assert.equal(await runSetup(io, sources(), world()), 'open sesame')
    const { config, file } = effectiveConfig(sources())
    assert.equal(file, join(dataDir, 'node.yaml'))
    assert.deepEqual([config.roles, config.init, config.membership, config.rpc], [['creator'], 'lab', 'open', []])
    assert.equal(statSync(join(dataDir, 'node.yaml')).mode & 0o777, 0o600)
    assert.ok(!shown(io).includes('sesame'))
    assert.ok(!lacksNetwork(effectiveConfig(sources())))
    assert.match(shown(io), /network +lab \(new\)/)
    // what Enter left alone is not in the file
    assert.ok(!written().includes('rpc'))
  })

  it('default: a provider is shown its host, and joins by an invite pasted at once', async () => {
    const typed = ['provider\r', 'dcn1abc\r', ENTER, '50%\r', '4GiB\r', ENTER, ENTER, '0.02\r', ENTER]
    const io = typingIo([...typed, ...PHRASE, 'yes\r'], { cwd: dir })
    await runSetup(io, sources(), world())
    const { config } = effectiveConfig(sources())
    assert.deepEqual(config.roles, ['provider'])
    assert.equal(config.network, 'dcn1abc')
    assert.deepEqual(config.engines, ['js', 'wasm'])
    assert.deepEqual([config.offer.cpu, config.offer.memory, config.offer.disk], ['50%', 4 * 2 ** 30, '80%'])
    assert.equal(config.prices.perCpuHour, '0.02')
    assert.match(shown(io), /Test CPU, 8 cores[\s\S]*no docker \(no engine answers\), js 1/)
    assert.match(shown(io), /\[100% = 8 cores\]/)
    assert.match(shown(io), /network +acme \(joined\)/)
    assert.ok(!shown(io).includes('GPU for'))
  })

  it('behavior: GPUs are asked for where there are some; files are written as absolute paths', async () => {
    const survey = {
      ...SURVEY,
      host: { ...SURVEY.host, gpus: { devices: [GPU, { ...GPU, id: 'GPU-2' }], problems: [] } }
    }
    const typed = [
      'provider\r',
      'join\r',
      'net.json\r',
      ...Array(4).fill(ENTER),
      '1\r',
      ENTER,
      ENTER,
      ENTER,
      '2\r',
      ENTER
    ]
    await runSetup(typingIo(typed, { cwd: dir }), sources({ DCN_PASSPHRASE: 'x' }), world(survey))
    const { config } = effectiveConfig(sources())
    assert.equal(config.network, join(dir, 'net.json'))
    assert.deepEqual(config.offer.gpu, ['1'])
    assert.equal(config.prices.perGpuHour, '2')
  })

  it('behavior: what was given by flag or variable is not asked for, nor written', async () => {
    const given = sources({ DCN_MEMBERSHIP: 'listed' }, { roles: 'relay', insecureDevKeys: 'true' })
    const io = typingIo([ENTER, 'mine\r', ENTER, ENTER, ENTER], { cwd: dir })
    assert.equal(await runSetup(io, given, world()), undefined)
    assert.match(written(), /^init: mine$/m)
    assert.match(written(), /^listen: \[\/ip4\/0\.0\.0\.0\/tcp\/4101\]$/m)
    for (const key of ['roles', 'membership', 'insecureDevKeys']) assert.ok(!written().includes(`${key}:`), key)
  })

  it('error: a wrong answer says what is expected, and is asked for again', async () => {
    const typed = [
      'solver\r',
      'provder\r',
      'creator\r',
      'maybe\r',
      'dcn1bad\r',
      'join\r',
      ENTER,
      'dcn1bad\r',
      'dcn1good\r'
    ]
    const phrases = [ENTER, 'one\r', 'two\r', ...PHRASE]
    const io = typingIo([...typed, ...phrases, 'perhaps\r', ENTER], { cwd: dir })
    assert.equal(await runSetup(io, sources(), world()), 'open sesame')
    for (const said of [
      /expected one of provider, creator, mediator, relay/,
      /write provider/,
      /expected join, create/,
      /a part of the invite is missing\. copy it whole/,
      /expected an answer/,
      /The passphrase is empty/,
      /The two passphrases differ/,
      /expected yes or no/
    ])
      assert.match(shown(io), said)
    assert.equal(effectiveConfig(sources()).config.network, 'dcn1good')
  })

  it('behavior: Ctrl-C, the end of input, a signal or no leave nothing', async () => {
    const full = [ENTER, ENTER, ENTER, ENTER, ENTER, ...PHRASE]
    for (let count = 0; count <= full.length; count++) {
      for (const last of count === full.length ? ['\u0003', '\u0004', 'n\r'] : ['\u0003']) {
        const io = typingIo([...full.slice(0, count), last], { cwd: dir })
        await assert.rejects(runSetup(io, sources(), world()), { name: 'SetupCancelledError' })
        assert.ok(!existsSync(dataDir), `${count} answers`)
      }
    }
    const io = typingIo([], { cwd: dir })
    io.interrupt()
    await assert.rejects(runSetup(io, sources(), world()), { name: 'SetupCancelledError' })
  })

  it('error: a file that is there meanwhile is never written over', async () => {
    const io = typingIo([ENTER, ENTER, ENTER, ENTER, ENTER, ENTER], { cwd: dir })
    const late = sources({ DCN_PASSPHRASE: 'x' })
    const write = io.stderr.write.bind(io.stderr)
    io.stderr.write = (text: string) => {
      if (text.includes('and start?')) {
        mkdirSync(dataDir)
        writeFileSync(join(dataDir, 'node.yaml'), 'roles: [relay]\n')
      }
      return write(text)
    }
    await assert.rejects(runSetup(io, late, world()), { name: 'TargetExistsError' })
    assert.equal(written(), 'roles: [relay]\n')
  })

  it('default: a network is lacking until one is named or was joined', () => {
    const needs = (flags: Record<string, string>) => lacksNetwork(effectiveConfig(sources({}, flags)))
    assert.ok(needs({}) && needs({ roles: 'provider' }))
    assert.ok(!needs({ init: 'lab' }) && !needs({ network: 'dcn1abc' }))
    mkdirSync(dataDir)
    writeFileSync(join(dataDir, 'network.json'), '{}')
    assert.ok(!needs({}))
  })

  it('error: who is not asked is told what to give', () => {
    const bare = networkMissing(effectiveConfig(sources()), {})
    assert.equal(bare.name, 'InvalidInputError')
    for (const part of ['--network', '--init', '--passphrase-file', 'DCN_PASSPHRASE', join(dataDir, 'node.yaml')]) {
      assert.ok(bare.remedy?.includes(part), part)
    }
    assert.ok(!networkMissing(effectiveConfig(sources()), { DCN_PASSPHRASE: 'x' }).remedy?.includes('passphrase'))
    mkdirSync(dataDir)
    writeFileSync(join(dataDir, 'node.yaml'), 'drainSec: 5\n')
    assert.match(networkMissing(effectiveConfig(sources()), {}).remedy ?? '', /set network: or init: in .*node\.yaml/)
  })
})
