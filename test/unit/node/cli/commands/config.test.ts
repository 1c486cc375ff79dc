import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dcn } from '../../../../../node/cli/program.ts'
import { settingsTemplate } from '../../../../../node/config/settings-file.ts'
import { memoryIo } from '../memory-io.ts'

describe('cli: dcn config', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-config-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  async function run(...args: string[]) {
    const io = memoryIo({ env: { DCN_DATA_DIR: dir }, cwd: dir })
    return { code: await dcn(['config', ...args], io), io }
  }

  it('default: shows what node.yaml of the data directory sets, and what wins over it', async () => {
    writeFileSync(join(dir, 'node.yaml'), 'drainSec: 7\nhttp: { port: 4711 }\nnetwork: dcn1secret\n')
    const { code, io } = await run('--http-port', '4712')
    assert.equal(code, 0, io.err())
    assert.ok(io.out().includes(`${join(dir, 'node.yaml')}: drainSec`))
    assert.match(io.out(), /^http\.port +4712 +--http-port$/m)
    assert.match(io.out(), /^dataDir .* DCN_DATA_DIR$/m)
    assert.ok(!io.out().includes('secret'))
  })

  it('args: --init prints a whole file, with --json as one value', async () => {
    const { code, io } = await run('--init')
    assert.equal(code, 0)
    assert.equal(io.out(), settingsTemplate())
    const [line] = (await run('--init', '--json')).io.lines()
    assert.deepEqual(line, { file: settingsTemplate() })
  })

  it('args: --init with a name is the setting', async () => {
    const { code, io } = await run('--init', 'lab')
    assert.equal(code, 0)
    assert.match(io.out(), /^init +lab +--init$/m)
  })

  it('args: --out writes it for its owner, and never over another', async () => {
    const path = join(dir, 'new', 'node.yaml')
    const { code, io } = await run('--init', '--out', 'new/node.yaml')
    assert.deepEqual([code, io.out()], [0, `${path}\n`])
    assert.equal(readFileSync(path, 'utf8'), settingsTemplate())
    assert.equal(statSync(path).mode & 0o777, 0o600)
    writeFileSync(path, 'roles: [relay]\n')
    const again = await run('--init', '--json', '--out', path)
    assert.equal(again.code, 2)
    assert.match(again.io.out(), /"name":"TargetExistsError"/)
    assert.equal(readFileSync(path, 'utf8'), 'roles: [relay]\n')
    assert.equal((await run('--out', path)).code, 2)
  })
})
