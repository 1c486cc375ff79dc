import assert from 'node:assert/strict'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { type Headers, pack } from 'tar-stream'
import { sealStream } from '../../../../node/sealing/age.ts'
import { unpack } from '../../../../node/sealing/archive.ts'
import { newSealKey, seal, unseal } from '../../../../node/sealing/index.ts'
import { until } from '../../../support/hosts.ts'

const LIMIT = { maxBytes: 1_000_000 }

/** What this process has open, by name. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').map(fd => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return ''
    }
  })
}

async function headerOf(entry: Headers): Promise<Buffer> {
  const tar = pack()
  tar.entry({ ...entry }, '')
  tar.finalize()
  return Buffer.concat((await Readable.from(tar).toArray()) as Buffer[]).subarray(0, 512)
}

describe('sealing', () => {
  let dir: string
  let key: string
  const at = (...parts: string[]) => join(dir, ...parts)

  before(async () => {
    key = await newSealKey()
  })
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-seal-'))
    mkdirSync(at('tree', 'empty'), { recursive: true })
    mkdirSync(at('tree', 'in', 'ner'), { recursive: true })
    writeFileSync(at('tree', 'in', 'ner', 'größe – 1.txt'), 'secret text\n')
    writeFileSync(at('tree', 'nothing'), '')
    writeFileSync(at('tree', `${'long-'.repeat(40)}name`), Buffer.alloc(200_000, 7))
    writeFileSync(at('single'), 'one')
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  const both = () => [
    { name: 'data', path: at('tree') },
    { name: 'file', path: at('single') }
  ]
  const filesOf = (root: string): Record<string, string> =>
    Object.fromEntries(
      readdirSync(root, { recursive: true, withFileTypes: true }).map(e => {
        const path = join(e.parentPath, e.name)
        return [path.slice(root.length), e.isFile() ? readFileSync(path).toString('base64') : 'directory']
      })
    )

  it('default: what was sealed opens as it was, files and directories', async () => {
    await seal(both(), at('sealed'), key)
    await unseal(at('sealed'), at('open'), key, LIMIT)
    assert.deepEqual(filesOf(at('open', 'data')), filesOf(at('tree')))
    assert.equal(readFileSync(at('open', 'file'), 'utf8'), 'one')
  })

  it('behavior: nothing of it can be read in the sealed file, and no two seals are alike', async () => {
    await seal(both(), at('sealed'), key)
    await seal(both(), at('again'), key)
    const bytes = readFileSync(at('sealed'))
    for (const word of ['secret', 'größe', 'long-long', 'data', key]) assert.equal(bytes.indexOf(word), -1, word)
    assert.ok(!bytes.equals(readFileSync(at('again'))))
    assert.equal(statSync(at('sealed')).mode & 0o777, 0o600)
  })

  it('error: another key, and each changed byte', async () => {
    await seal(both(), at('sealed'), key)
    await assert.rejects(unseal(at('sealed'), at('open'), await newSealKey(), LIMIT), { name: 'SealBrokenError' })
    await assert.rejects(unseal(at('sealed'), at('open'), 'no key', LIMIT), { name: 'SealBrokenError' })
    const bytes = readFileSync(at('sealed'))
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (i, flip) => {
        const changed = Buffer.from(bytes)
        changed[i] = (changed[i] ?? 0) ^ flip
        writeFileSync(at('changed'), changed)
        await assert.rejects(unseal(at('changed'), at('open'), key, LIMIT), { name: 'SealBrokenError' })
        assert.throws(() => statSync(at('open')))
      }),
      { numRuns: 60 }
    )
  })

  it('error: cut off anywhere', async () => {
    await seal(both(), at('sealed'), key)
    const bytes = readFileSync(at('sealed'))
    for (const size of [0, 10, 150, 300, 70_000, bytes.length - 1]) {
      writeFileSync(at('cut'), bytes.subarray(0, size))
      await assert.rejects(unseal(at('cut'), at('open'), key, LIMIT), { name: 'SealBrokenError' }, String(size))
    }
  })

  it('error: links are not sealed', async () => {
    symlinkSync('/etc/hostname', at('tree', 'link'))
    await assert.rejects(seal(both(), at('sealed'), key), { name: 'UnsupportedContentError' })
  })

  const HOSTILE: [string, (Headers & { pax?: Record<string, string> })[], string][] = [
    ['a path that leads out', [{ name: '../x' }], 'UnsafeNameError'],
    ['an absolute path', [{ name: '/x' }], 'UnsafeNameError'],
    ['a dot', [{ name: 'a/./x' }], 'UnsafeNameError'],
    ['a symbolic link', [{ name: 'x', type: 'symlink', linkname: '/etc/passwd' }], 'UnsupportedContentError'],
    ['a hard link', [{ name: 'x', type: 'link', linkname: '/etc/passwd' }], 'UnsupportedContentError'],
    ['a device', [{ name: 'x', type: 'character-device' }], 'UnsupportedContentError'],
    ['a name twice', [{ name: 'x' }, { name: 'x' }], 'UnsafeNameError'],
    ['a file as a directory', [{ name: 'x' }, { name: 'x/y' }], 'UnsafeNameError'],
    ['a file without its directory', [{ name: 'x/y' }], 'UnsafeNameError'],
    ['nesting without end', [{ name: 'x/'.repeat(80), type: 'directory' }], 'UnsupportedContentError'],
    ['more than is allowed', [{ name: 'x', size: 2_000_000 }], 'TooLargeError'],
    [
      'a path longer than the system takes',
      Array.from({ length: 30 }, (_, i) => ({
        name: 'd'
          .repeat(200)
          .concat('/')
          .repeat(i + 1),
        type: 'directory'
      })),
      'UnsafeNameError'
    ],
    ['a size below zero', [{ name: 'x', pax: { size: '-1000000' } }, { name: 'y' }], 'UnsupportedContentError'],
    ['a size that is no number', [{ name: 'x', pax: { size: 'all' } }, { name: 'y' }], 'UnsupportedContentError'],
    ['a header without end', [{ name: 'x', pax: { path: 'y'.repeat(8_000_000) } }], 'TooLargeError']
  ]
  for (const [what, entries, name] of HOSTILE) {
    it(`error: a sealed archive with ${what}`, async () => {
      const tar = pack()
      for (const entry of entries) tar.entry({ ...entry }, Buffer.alloc(entry.size ?? 0))
      tar.finalize()
      const chunks = await (await sealStream(Readable.from(tar), key)).toArray()
      writeFileSync(at('sealed'), Buffer.concat(chunks as Buffer[]))
      await assert.rejects(unseal(at('sealed'), at('open'), key, LIMIT), { name })
      assert.throws(() => statSync(at('open')))
      assert.throws(() => statSync(at('x')))
    })
  }

  it('error: a header that says it is long is not kept in memory', async () => {
    const header = await headerOf({ name: 'x' })
    header.write('x', 156)
    header.write('77777777777\0', 124)
    header.write('        ', 148)
    header.write(
      `${header
        .reduce((sum, b) => sum + b, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148
    )
    let read = 0
    const endless = function* (): Generator<Buffer> {
      for (yield header; ; read += 65_536) yield Buffer.alloc(65_536)
    }
    mkdirSync(at('open'))
    await assert.rejects(unpack(Readable.from(endless()), at('open'), LIMIT), { name: 'TooLargeError' })
    assert.ok(read < 4_000_000, `${read} bytes`)
  })

  it('behavior: giving up closes the file that was being read', async () => {
    writeFileSync(at('big'), Buffer.alloc(30_000_000))
    const stop = new AbortController()
    const sealed = seal([{ name: 'big', path: at('big') }], at('sealed'), key, { signal: stop.signal })
    sealed.catch(() => undefined)
    await until(() => openFiles().includes(at('big')))
    stop.abort()
    await assert.rejects(sealed, { name: 'AbortError' })
    await until(() => !openFiles().includes(at('big')))
  })

  it('error: a directory in place of a sealed file', async () => {
    await assert.rejects(unseal(at('tree'), at('open'), key, LIMIT), { name: 'SealBrokenError' })
  })

  it('error: bytes that are no archive', async () => {
    mkdirSync(at('open'))
    await assert.rejects(unpack(Readable.from([Buffer.alloc(2_000, 0x41)]), at('open'), LIMIT))
    const chunks = await (await sealStream(Readable.from([Buffer.alloc(2_000, 0x41)]), key)).toArray()
    writeFileSync(at('sealed'), Buffer.concat(chunks as Buffer[]))
    await assert.rejects(unseal(at('sealed'), at('open'), key, LIMIT), { name: 'SealBrokenError' })
  })
})
