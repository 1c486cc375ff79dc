import assert from 'node:assert/strict'
import fc from 'fast-check'
import { WASI_SIGNATURES } from '../../../../../node/engines/wasm/module/signatures.ts'
import { READ_WRITE, ROOT, WasiCalls } from '../../../../support/wasm/calls.ts'

const E = { BADF: 8, FAULT: 21, INVAL: 28, MFILE: 33, NOTDIR: 54, NOTSOCK: 57, SPIPE: 70, NOTCAPABLE: 76 }
const [CREAT, DIRECTORY] = [1, 2]
const APPEND = 1
const MIB = 1024 * 1024

describe('engines/wasm/guest: descriptors', () => {
  let wasi: WasiCalls
  beforeEach(() => {
    wasi = new WasiCalls({ inputs: { '/inputs/one': '0123456789' }, outputs: ['/outputs'] })
  })
  const seek = (fd: number, offset: bigint, whence: number) => wasi.call('fd_seek', fd, offset, whence, wasi.out)
  const position = (fd: number): bigint => {
    assert.equal(wasi.call('fd_tell', fd, wasi.out), 0)
    return wasi.bytes.readBigUInt64LE(wasi.out)
  }

  it('default: what is written is read again', () => {
    const fd = wasi.open('tmp/x', CREAT)
    assert.equal(wasi.write(fd, 'hello world'), 0)
    assert.equal(wasi.result, 11)
    assert.equal(seek(fd, 6n, 0), 0)
    assert.equal(wasi.read(fd, 100), 'world')
    assert.equal(wasi.read(fd, 100), '')
    assert.equal(seek(fd, -5n, 2), 0)
    assert.equal(position(fd), 6n)
    assert.equal(seek(fd, -2n, 1), 0)
    assert.equal(wasi.read(fd, 2), 'o ')
  })
  it('default: a hole reads as zeros, a cut file has an end', () => {
    const fd = wasi.open('tmp/x', CREAT)
    seek(fd, 1_000_000n, 0)
    wasi.write(fd, 'end')
    seek(fd, 999_998n, 0)
    assert.equal(wasi.read(fd, 10), '\0\0end')
    assert.equal(wasi.call('fd_filestat_set_size', fd, 2n), 0)
    assert.equal(wasi.call('fd_filestat_set_size', fd, 6n), 0)
    seek(fd, 0n, 0)
    assert.equal(wasi.read(fd, 10), '\0'.repeat(6))
    assert.equal(wasi.call('fd_allocate', fd, 4n, 4n), 0)
    assert.deepEqual(wasi.stat('tmp/x'), [4, 8n])
  })
  it('default: content agrees with a plain buffer, whatever is done to it', () => {
    const operation = fc.oneof(
      fc.record({ kind: fc.constant('write'), at: fc.nat(800_000), text: fc.string({ maxLength: 5000 }) }),
      fc.record({ kind: fc.constant('resize'), at: fc.nat(800_000), text: fc.constant('') })
    )
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 12 }), operations => {
        const fresh = new WasiCalls()
        const fd = fresh.open('outputs/x', CREAT)
        let model = Buffer.alloc(0)
        for (const { kind, at, text } of operations) {
          const bytes = Buffer.from(text)
          const size =
            kind === 'resize' ? at : Math.max(model.byteLength, bytes.byteLength === 0 ? 0 : at + bytes.byteLength)
          const next = Buffer.alloc(size)
          model.copy(next, 0, 0, Math.min(size, model.byteLength))
          if (kind === 'write') bytes.copy(next, at)
          model = next
          const error =
            kind === 'resize'
              ? fresh.call('fd_filestat_set_size', fd, BigInt(at))
              : fresh.call('fd_pwrite', fd, ...fresh.vector(text), BigInt(at), fresh.out)
          assert.equal(error, 0)
        }
        assert.equal(fresh.collected().files['/outputs/x'], model.toString())
      }),
      { seed: 7, numRuns: 60 }
    )
  })
  it('append: every write goes to the end, until the flag is taken away', () => {
    const fd = wasi.open('tmp/x', CREAT, READ_WRITE, APPEND)
    wasi.write(fd, 'one')
    seek(fd, 0n, 0)
    wasi.write(fd, 'two')
    assert.equal(position(fd), 6n)
    assert.equal(wasi.call('fd_fdstat_set_flags', fd, 0), 0)
    seek(fd, 0n, 0)
    wasi.write(fd, 'ONE')
    seek(fd, 0n, 0)
    assert.equal(wasi.read(fd, 10), 'ONEtwo')
    assert.equal(wasi.call('fd_fdstat_set_flags', fd, 64), E.INVAL)
  })
  it('a file that has lost its name stays until it is closed', () => {
    const fd = wasi.open('tmp/x', CREAT)
    wasi.write(fd, 'kept')
    assert.equal(wasi.call('path_unlink_file', ROOT, ...wasi.text('tmp/x')), 0)
    seek(fd, 0n, 0)
    assert.equal(wasi.read(fd, 10), 'kept')
    assert.equal(wasi.call('fd_close', fd), 0)
    assert.equal(wasi.call('fd_close', fd), E.BADF)
  })
  it('memory of removed files is given back', () => {
    const small = new WasiCalls({ limits: { memoryBytes: 4 * MIB, diskBytes: 4 * MIB } })
    for (let i = 0; i < 100; i++) {
      const fd = small.open('tmp/x', CREAT)
      for (let n = 0; n < 40; n++) small.write(fd, 'x'.repeat(40_000))
      small.call('fd_close', fd)
      assert.equal(small.call('path_unlink_file', ROOT, ...small.text('tmp/x')), 0)
    }
  })
  it('standard streams: nothing to read, what is printed arrives as it is', () => {
    assert.equal(wasi.read(0, 10), '')
    wasi.write(1, 'out')
    wasi.write(2, 'err')
    wasi.write(1, ' more\n')
    assert.deepEqual([wasi.printed(1).toString(), wasi.printed(2).toString()], ['out more\n', 'err'])
    assert.equal(wasi.write(0, 'x'), E.BADF)
    assert.equal(wasi.read(1, 1), -E.BADF)
    assert.equal(seek(1, 0n, 0), E.SPIPE)
    assert.equal(wasi.call('fd_fdstat_get', 1, wasi.out), 0)
    assert.equal(wasi.bytes[wasi.out], 2, 'a terminal: what is printed appears line by line')
  })
  it('rights: a file does what it was opened for, and rights can only be given away', () => {
    const [READ, WRITE] = [2n, 64n]
    const reader = wasi.open('inputs/one', 0, READ)
    assert.equal(wasi.read(reader, 3), '012')
    assert.equal(wasi.write(reader, 'x'), E.BADF)
    const writer = wasi.open('tmp/x', CREAT, WRITE)
    assert.equal(wasi.read(writer, 1), -E.BADF)
    assert.equal(wasi.call('fd_fdstat_set_rights', writer, WRITE | READ, 0n), E.NOTCAPABLE)
    assert.equal(wasi.call('fd_fdstat_set_rights', writer, 0n, 0n), 0)
    assert.equal(wasi.write(writer, 'x'), E.BADF)
  })
  it('numbers: the lowest that is free, at most 1024', () => {
    const open = () => wasi.open('tmp/x', CREAT)
    const [a, b] = [open(), open()]
    assert.deepEqual([a, b], [4, 5])
    wasi.call('fd_close', a)
    assert.equal(open(), a)
    for (let i = 6; i < 1024; i++) assert.equal(open(), i)
    assert.equal(open(), -E.MFILE)
    assert.equal(wasi.open('tmp/never', CREAT), -E.MFILE)
    assert.equal(wasi.stat('tmp/never'), -44, 'nothing was made')
    assert.equal(wasi.call('fd_renumber', b, a), 0)
    assert.equal(open(), b)
    assert.equal(wasi.call('fd_renumber', 2000, a), E.BADF)
  })
  it('readdir: pieces of any size give every name once', () => {
    const names = Array.from({ length: 50 }, (_, i) => `name-${'x'.repeat(i)}`)
    for (const name of names) wasi.call('fd_close', wasi.open(`tmp/${name}`, CREAT))
    const fd = wasi.open('tmp', DIRECTORY, 0n)
    for (const room of [80, 200, 4000]) {
      const seen: string[] = []
      const [buffer] = wasi.text(Buffer.alloc(room))
      for (let cookie = 0n, full = true; full; ) {
        assert.equal(wasi.call('fd_readdir', fd, buffer, room, cookie, wasi.out), 0)
        const used = wasi.result
        full = used === room
        for (let at = buffer; at + 24 <= buffer + used; ) {
          const length = wasi.bytes.readUInt32LE(at + 16)
          if (at + 24 + length > buffer + used) break
          cookie = wasi.bytes.readBigUInt64LE(at)
          seen.push(wasi.bytes.toString('utf8', at + 24, at + 24 + length))
          at += 24 + length
        }
      }
      assert.deepEqual(seen, ['.', '..', ...names], `${room} bytes`)
    }
    assert.equal(wasi.call('fd_readdir', 0, 1024, 100, 0n, wasi.out), E.NOTDIR)
    assert.equal(wasi.call('fd_readdir', fd, 1024, 100, 2n ** 62n, wasi.out), 0)
    assert.equal(wasi.result, 0)
  })
  it('error: addresses outside the memory', () => {
    const fd = wasi.open('tmp/x', CREAT)
    for (const pointer of [65_536, -1, -65_536, 2 ** 31, 65_533]) {
      assert.equal(wasi.call('fd_write', fd, pointer, 1, wasi.out), E.FAULT, `list at ${pointer}`)
      assert.equal(wasi.call('fd_filestat_get', fd, pointer), E.FAULT)
      assert.equal(wasi.call('random_get', pointer, 4), E.FAULT)
      assert.equal(wasi.call('path_open', ROOT, 0, pointer, 10, 0, 0n, 0n, 0, wasi.out), E.FAULT)
      assert.equal(wasi.call('args_get', pointer, pointer), E.FAULT)
    }
    assert.equal(wasi.call('fd_write', fd, 1024, 1025, wasi.out), E.INVAL)
    assert.equal(wasi.call('fd_write', fd, 1024, -1, wasi.out), E.INVAL)
    assert.equal(seek(fd, -1n, 0), E.INVAL)
    assert.equal(seek(fd, 2n ** 62n, 0), E.INVAL)
    assert.equal(seek(fd, 0n, 3), E.INVAL)
    assert.equal(wasi.call('sock_send', 1, 0, 0, 0, 0), E.NOTSOCK)
    assert.equal(wasi.call('sock_recv', 9, 0, 0, 0, 0, 0), E.BADF)
  })
  it('behavior: no argument makes a call fail otherwise than with an error number or the end of the program', () => {
    const i32 = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 1000, max: 2000 }), fc.integer())
    const i64 = fc.oneof(fc.bigInt({ min: 0n, max: 4096n }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))
    const names = Object.keys(WASI_SIGNATURES).filter(name => !name.startsWith('proc_'))
    const call = fc.constantFrom(...names).chain(name => {
      const params = [...(WASI_SIGNATURES[name]?.split(':')[0] ?? '')]
      return fc.tuple(fc.constant(name), fc.tuple(...params.map(p => (p === 'i' ? i32 : i64))))
    })
    fc.assert(
      fc.property(fc.array(call, { maxLength: 60 }), calls => {
        const fresh = new WasiCalls({
          inputs: { '/inputs/d': { a: 'x' } },
          limits: { memoryBytes: MIB, diskBytes: MIB }
        })
        fresh.text('tmp/a/b/../c\0./inputs/d/a')
        for (const [name, args] of calls) {
          // a count of subscriptions is only bounded by the memory that holds them
          try {
            const error = fresh.call(name, ...args)
            assert.ok(error >= 0 && error <= 76, `${name} ${args}: ${error}`)
          } catch (error) {
            assert.equal(error instanceof Error, false, `${name} ${args}: ${error}`)
          }
        }
      }),
      { seed: 11, numRuns: 300 }
    )
  })
})
