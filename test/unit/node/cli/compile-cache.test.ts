import assert from 'node:assert/strict'
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type CacheInit, cacheFolder, KEPT_FOLDERS } from '../../../../node/cli/compile-cache.ts'

describe('cli/compile-cache', () => {
  const uid = process.getuid?.() ?? 0
  let home: string
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'dcn-compiled-'))
  })
  afterEach(() => rmSync(home, { recursive: true, force: true }))

  const folder = (init: Partial<CacheInit> = {}) =>
    cacheFolder({ env: {}, home, uid, build: '1.0.0-abc', minFreeBytes: 0, ...init })
  const modeOf = (path: string) => lstatSync(path).mode & 0o777
  const whole = () => readdirSync(home, { recursive: true })

  it('default: a folder of the user alone, by build and version of Node, the same at the next start', () => {
    const made = folder() ?? ''
    assert.equal(dirname(made), join(home, '.cache', 'dcn-node', 'compiled'))
    assert.ok(made.includes(`1.0.0-abc-${process.version}-`), made)
    for (let dir = made; dir !== home; dir = dirname(dir)) assert.equal(modeOf(dir), 0o700, dir)
    assert.equal(folder(), made)
    assert.notEqual(folder({ build: '1.0.1-abc' }), made)
  })

  it('args: XDG_CACHE_HOME where it is absolute', () => {
    const given = join(home, 'elsewhere')
    assert.ok(folder({ env: { XDG_CACHE_HOME: given } })?.startsWith(given))
    assert.ok(folder({ env: { XDG_CACHE_HOME: 'elsewhere' } })?.startsWith(join(home, '.cache')))
  })

  for (const name of ['NODE_DISABLE_COMPILE_CACHE', 'NODE_COMPILE_CACHE', 'NODE_V8_COVERAGE']) {
    it(`args: none with ${name}, and nothing is made`, () => {
      assert.equal(folder({ env: { [name]: '1' } }), undefined)
      assert.deepEqual(whole(), [])
    })
  }

  it('behavior: keeps the newest folders of other versions', () => {
    const all = Array.from({ length: KEPT_FOLDERS }, (_, i) => folder({ build: `1.0.${i}` }) ?? '')
    // the second is the one that was written to longest ago
    for (const [i, path] of all.entries()) utimesSync(path, i === 1 ? 1 : 100 + i, i === 1 ? 1 : 100 + i)
    const added = folder({ build: '2.0.0' }) ?? ''
    const kept = readdirSync(dirname(added)).map(name => join(dirname(added), name))
    assert.deepEqual(kept.sort(), [...all.filter((_, i) => i !== 1), added].sort())
  })

  it('behavior: a folder that was just made stays, whatever the clock said when the others were', () => {
    const all = Array.from({ length: KEPT_FOLDERS }, (_, i) => folder({ build: `1.0.${i}` }) ?? '')
    const tomorrowSec = Date.now() / 1000 + 86_400
    for (const path of all) utimesSync(path, tomorrowSec, tomorrowSec)
    const added = folder({ build: '2.0.0' }) ?? ''
    const kept = readdirSync(dirname(added)).map(name => join(dirname(added), name))
    assert.equal(kept.length, KEPT_FOLDERS)
    assert.ok(kept.includes(added))
  })

  it('error: none where a home is no absolute path: it would be whatever folder a program is started in', () => {
    const before = process.cwd()
    process.chdir(home)
    try {
      mkdirSync(join(home, 'here'))
      for (const relative of ['', '.', 'here']) {
        assert.equal(folder({ home: relative }), undefined, relative)
        assert.equal(folder({ home: relative, env: { XDG_CACHE_HOME: 'here' } }), undefined, relative)
      }
    } finally {
      process.chdir(before)
    }
    assert.deepEqual(whole(), ['here'])
  })

  it('error: none where there is hardly any room', () => {
    assert.equal(folder({ minFreeBytes: Number.MAX_SAFE_INTEGER }), undefined)
    assert.deepEqual(whole(), ['.cache'])
  })

  it('error: nothing is made or used where somebody else could write', () => {
    const shared = join(home, 'shared')
    const cases: [what: string, prepare: () => Partial<CacheInit>][] = [
      ['the cache folder is open to a group', () => given(0o770, join(shared, 'a'))],
      ['the cache folder is open to all, as a temporary one', () => given(0o1777, join(shared, 'b'))],
      ['a folder above it is open to all', () => given(0o700, join(open(join(shared, 'c')), 'cache'))],
      ['its folders are of somebody else', () => ({ ...given(0o700, join(shared, 'd')), uid: uid + 1 })],
      ['the system knows no owners', () => ({ ...given(0o700, join(shared, 'e')), uid: undefined })]
    ]
    mkdirSync(shared)
    for (const [what, prepare] of cases) {
      const init = prepare()
      assert.equal(folder(init), undefined, what)
      assert.deepEqual(readdirSync(init.env?.['XDG_CACHE_HOME'] ?? ''), [], what)
    }
  })

  it('error: a link, or a folder that others may read, in the place of ours', () => {
    const ours = join(home, '.cache', 'dcn-node')
    mkdirSync(join(home, 'target'), { mode: 0o700 })
    mkdirSync(dirname(ours), { mode: 0o700 })
    symlinkSync(join(home, 'target'), ours)
    assert.equal(folder(), undefined)
    rmSync(ours)
    mkdirSync(ours, { mode: 0o755 })
    assert.equal(folder(), undefined)
    assert.deepEqual(readdirSync(ours), [])
    assert.deepEqual(readdirSync(join(home, 'target')), [])
  })

  it('error: a home that is not there is not made', () => {
    assert.throws(() => folder({ home: join(home, 'gone') }), { code: 'ENOENT' })
    assert.deepEqual(whole(), [])
  })

  const given = (mode: number, dir: string): Partial<CacheInit> => {
    mkdirSync(dir)
    chmodSync(dir, mode)
    return { env: { XDG_CACHE_HOME: dir } }
  }
  const open = (dir: string): string => {
    mkdirSync(dir)
    chmodSync(dir, 0o777)
    return dir
  }
})
