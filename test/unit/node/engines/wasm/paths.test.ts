import assert from 'node:assert/strict'
import { ROOT, WasiCalls } from '../../../../support/wasm/calls.ts'

const E = {
  BADF: 8,
  EXIST: 20,
  FAULT: 21,
  ILSEQ: 25,
  INVAL: 28,
  ISDIR: 31,
  LOOP: 32,
  NAMETOOLONG: 37,
  NOENT: 44,
  NOTDIR: 54,
  NOTEMPTY: 55,
  PERM: 63,
  ROFS: 69,
  XDEV: 75,
  NOTCAPABLE: 76
}
const [CREAT, DIRECTORY, EXCL, TRUNC] = [1, 2, 4, 8]
const DIR = 3
const FILE = 4
const LINK = 7

describe('engines/wasm/guest: paths', () => {
  let wasi: WasiCalls
  beforeEach(() => {
    wasi = new WasiCalls({
      inputs: { '/inputs/data': { a: 'one', sub: { b: 'two' } }, '/inputs/one': 'single' },
      outputs: ['/outputs/result', '/outputs/second']
    })
  })
  const at = (name: string, path: string) => wasi.call(name, ROOT, ...wasi.text(path))
  const make = (path: string, content = '') => {
    const fd = wasi.open(path, CREAT)
    assert.ok(fd > ROOT, `${path}: ${fd}`)
    if (content !== '') assert.equal(wasi.write(fd, content), 0)
    assert.equal(wasi.call('fd_close', fd), 0)
  }
  const mkdir = (path: string) => at('path_create_directory', path)
  const rename = (from: string, to: string) =>
    wasi.call('path_rename', ROOT, ...wasi.text(from), ROOT, ...wasi.text(to))
  const link = (from: string, to: string) => wasi.call('path_link', ROOT, 0, ...wasi.text(from), ROOT, ...wasi.text(to))
  const symlink = (target: string, path: string) =>
    wasi.call('path_symlink', ...wasi.text(target), ROOT, ...wasi.text(path))

  it('default: inputs, outputs and /tmp are there, and nothing else', () => {
    for (const path of [
      '.',
      'inputs',
      'inputs/data',
      'inputs/data/sub/',
      'outputs',
      'outputs/second',
      'tmp',
      'tmp/..'
    ]) {
      assert.deepEqual(wasi.stat(path), [DIR, 0n], path)
    }
    assert.deepEqual(wasi.stat('inputs/one'), [FILE, 6n])
    assert.deepEqual(wasi.stat('inputs/data/./sub/../a'), [FILE, 3n])
    for (const path of ['etc', 'proc', 'inputs/none', 'outputs/third']) assert.equal(wasi.stat(path), -E.NOENT, path)
  })
  it('default: files are made, replaced, renamed and removed', () => {
    make('outputs/result/x', 'hello')
    assert.deepEqual(wasi.stat('outputs/result/x'), [FILE, 5n])
    assert.equal(rename('outputs/result/x', 'outputs/second/y'), 0)
    assert.equal(wasi.stat('outputs/result/x'), -E.NOENT)
    make('tmp/z', 'other')
    assert.equal(rename('tmp/z', 'outputs/second/y'), 0)
    assert.deepEqual(wasi.collected().files, {
      '/outputs/result/': '',
      '/outputs/second/': '',
      '/outputs/second/y': 'other'
    })
    assert.equal(at('path_unlink_file', 'outputs/second/y'), 0)
    assert.equal(at('path_unlink_file', 'outputs/second/y'), E.NOENT)
  })
  for (const [title, path, error] of [
    ['absolute', '/tmp', E.NOTCAPABLE],
    ['parent of the root', '..', E.NOTCAPABLE],
    ['out and in again', 'tmp/../../tmp', E.NOTCAPABLE],
    ['empty', '', E.NOENT],
    ['NUL', 'tmp/a\0b', E.INVAL],
    ['through a file', 'inputs/one/x', E.NOTDIR],
    ['a file as a directory', 'inputs/one/', E.NOTDIR],
    ['too long', `tmp/${'x'.repeat(5000)}`, E.NAMETOOLONG]
  ] as const) {
    it(`error: path ${title}`, () => {
      assert.equal(wasi.stat(path), -error)
      assert.equal(wasi.open(path), -error)
    })
  }
  it('error: names that are not UTF-8, or longer than a file system takes', () => {
    const open = (name: Uint8Array) =>
      wasi.call(
        'path_open',
        ROOT,
        0,
        ...wasi.text(Buffer.concat([Buffer.from('tmp/'), name])),
        CREAT,
        0n,
        0n,
        0,
        wasi.out
      )
    assert.equal(open(Buffer.from([0xff, 0xfe])), E.ILSEQ)
    assert.equal(open(Buffer.from('ü'.repeat(128))), E.NAMETOOLONG)
    assert.equal(open(Buffer.from('ü'.repeat(127))), 0)
  })
  it('error: inputs and what lies above mounts are read-only', () => {
    assert.equal(wasi.open('inputs/one'), -E.ROFS)
    assert.ok(wasi.open('inputs/one', 0, 2n) > ROOT)
    assert.equal(wasi.open('inputs/one', TRUNC, 2n), -E.ROFS)
    for (const path of ['inputs/data/new', 'new', 'inputs/new', 'outputs/new']) {
      assert.equal(wasi.open(path, CREAT), -E.ROFS, path)
      assert.equal(mkdir(path), E.ROFS, path)
      assert.equal(symlink('x', path), E.ROFS, path)
    }
    assert.equal(at('path_unlink_file', 'inputs/data/a'), E.ROFS)
    assert.equal(at('path_remove_directory', 'inputs/data/sub'), E.ROFS)
    assert.equal(rename('inputs/data/a', 'tmp/a'), E.ROFS)
    assert.equal(link('inputs/data/a', 'tmp/a'), E.XDEV)
    const times = [0n, 0n, 5] as const
    assert.equal(wasi.call('path_filestat_set_times', ROOT, 0, ...wasi.text('inputs/one'), ...times), E.ROFS)
    make('tmp/x')
    assert.equal(rename('tmp/x', 'inputs/data/a'), E.ROFS)
  })
  it('error: mounts keep their names', () => {
    assert.equal(at('path_remove_directory', 'outputs/result'), E.ROFS)
    assert.equal(rename('outputs/result', 'tmp/r'), E.ROFS)
    assert.equal(at('path_remove_directory', 'tmp/.'), E.ROFS)
    assert.equal(at('path_remove_directory', '.'), E.INVAL)
    mkdir('tmp/d')
    assert.equal(rename('tmp/d', 'outputs/result'), E.ROFS)
  })
  it('error: opening', () => {
    make('tmp/f', 'text')
    assert.equal(wasi.open('tmp/f', CREAT | EXCL), -E.EXIST)
    assert.equal(wasi.open('tmp/f', DIRECTORY), -E.NOTDIR)
    assert.equal(wasi.open('tmp/none'), -E.NOENT)
    assert.equal(wasi.open('tmp/none/', CREAT), -E.ISDIR)
    assert.equal(wasi.open('tmp/none', CREAT | DIRECTORY), -E.INVAL)
    assert.equal(wasi.open('tmp/none/x', CREAT), -E.NOENT)
    assert.equal(wasi.open('tmp'), -E.ISDIR)
    assert.equal(wasi.open('tmp', CREAT, 0n), -E.ISDIR)
    assert.equal(wasi.open('f', 0, 0n, 0, wasi.open('tmp/f')), -E.NOTDIR)
    assert.equal(wasi.open('tmp/f', 0, 0n, 0, 77), -E.BADF)
    assert.deepEqual(wasi.stat('tmp/f'), [FILE, 4n])
    assert.ok(wasi.open('tmp/f', TRUNC) > ROOT)
    assert.deepEqual(wasi.stat('tmp/f'), [FILE, 0n])
  })
  it('directories: made once, removed when empty, moved with all that is in them', () => {
    assert.equal(mkdir('tmp/d/'), 0)
    assert.equal(mkdir('tmp/d'), E.EXIST)
    assert.equal(mkdir('tmp/d/e'), 0)
    make('tmp/d/e/f', 'deep')
    assert.equal(at('path_remove_directory', 'tmp/d'), E.NOTEMPTY)
    assert.equal(at('path_unlink_file', 'tmp/d'), E.ISDIR)
    assert.equal(at('path_remove_directory', 'tmp/d/e/f'), E.NOTDIR)
    assert.equal(rename('tmp/d', 'tmp/d/e/inside'), E.INVAL)
    assert.equal(rename('tmp/d', 'tmp/d'), 0)
    assert.equal(rename('tmp/d', 'tmp/moved'), 0)
    assert.deepEqual(wasi.stat('tmp/moved/e/../e/f'), [FILE, 4n])
    make('tmp/file')
    assert.equal(rename('tmp/moved', 'tmp/file'), E.NOTDIR)
    assert.equal(rename('tmp/file', 'tmp/moved'), E.ISDIR)
    mkdir('tmp/full')
    make('tmp/full/x')
    assert.equal(rename('tmp/moved', 'tmp/full'), E.NOTEMPTY)
    assert.equal(at('path_unlink_file', 'tmp/full/x'), 0)
    assert.equal(rename('tmp/moved', 'tmp/full'), 0)
    assert.deepEqual(wasi.stat('tmp/full/e'), [DIR, 0n])
  })
  it('directories: nothing is made in one that was removed while it is open', () => {
    mkdir('tmp/gone')
    const fd = wasi.open('tmp/gone', DIRECTORY, 0n)
    assert.equal(at('path_remove_directory', 'tmp/gone'), 0)
    assert.equal(wasi.open('x', CREAT, 0n, 0, fd), -E.NOENT)
  })
  it('symbolic links: followed inside, never outside, not for ever', () => {
    make('tmp/target', 'text')
    assert.equal(symlink('target', 'tmp/link'), 0)
    assert.deepEqual(wasi.stat('tmp/link'), [FILE, 4n])
    assert.deepEqual(wasi.stat('tmp/link', 0), [LINK, 6n])
    assert.equal(symlink('x', 'tmp/link'), E.EXIST)
    assert.equal(symlink('/etc', 'tmp/absolute'), E.NOTCAPABLE)
    symlink('../../../etc/passwd', 'tmp/out')
    assert.equal(wasi.stat('tmp/out'), -E.NOTCAPABLE)
    symlink('../inputs', 'tmp/in')
    assert.deepEqual(wasi.stat('tmp/in/data/a'), [FILE, 3n])
    assert.equal(wasi.open('tmp/in/data/new', CREAT), -E.ROFS)
    symlink('loop', 'tmp/loop')
    assert.equal(wasi.stat('tmp/loop'), -E.LOOP)
    symlink('fresh', 'tmp/dangling')
    make('tmp/dangling', 'made')
    assert.deepEqual(wasi.stat('tmp/fresh'), [FILE, 4n])
    const [room] = wasi.text(Buffer.alloc(16))
    assert.equal(wasi.call('path_readlink', ROOT, ...wasi.text('tmp/link'), room, 3, wasi.out), 0)
    assert.deepEqual([wasi.result, wasi.bytes.toString('utf8', room, room + 4)], [3, 'tar\0'])
    assert.equal(wasi.call('path_readlink', ROOT, ...wasi.text('tmp/target'), room, 16, wasi.out), E.INVAL)
  })
  it('hard links: one file with two names', () => {
    make('tmp/a', 'text')
    assert.equal(link('tmp/a', 'outputs/result/b'), 0)
    assert.equal(link('tmp/a', 'outputs/result/b'), E.EXIST)
    assert.equal(link('tmp', 'outputs/result/d'), E.PERM)
    assert.equal(at('path_unlink_file', 'tmp/a'), 0)
    assert.deepEqual(wasi.collected().files['/outputs/result/b'], 'text')
  })
  it('collected: links and what lies too deep are named', () => {
    symlink('x', 'outputs/result/link')
    let path = 'outputs/second'
    for (let i = 0; i < 40; i++) {
      path += '/d'
      assert.equal(mkdir(path), 0)
    }
    const { skipped } = wasi.collected()
    assert.equal(skipped['/outputs/result/link'], 'a symbolic link')
    assert.deepEqual(Object.values(skipped), ['a symbolic link', 'deeper than 32 directories'])
  })
})
