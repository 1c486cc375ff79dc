import assert from 'node:assert/strict'
import { join } from 'node:path'
import { UnsafeNameError } from '../../../../node/storage/errors.ts'
import { limiter, sharedLock } from '../../../../node/storage/lock.ts'
import { checkName, importableName } from '../../../../node/storage/names.ts'
import { sqlitePins } from '../../../../node/storage/pins.ts'
import { cidOf } from '../../../../protocols/common/cbor.ts'
import { Cleanup } from '../../../support/hosts.ts'

describe('names', () => {
  it('default: ordinary and odd but safe names', () => {
    for (const name of ['a', '...', '.hidden', 'a b', 'ü🚀', ' ', '-rf', 'n'.repeat(255), 'a\nb']) {
      checkName(name)
      assert.equal(importableName(Buffer.from(name)), name)
    }
  })

  it('error: names that lead elsewhere or cannot be kept', () => {
    for (const name of ['', '.', '..', '/', 'a/b', '\0', 'ü'.repeat(128)]) {
      assert.throws(() => checkName(name), UnsafeNameError)
    }
    assert.throws(() => importableName(Buffer.from('a\\b')), UnsafeNameError)
    assert.throws(() => importableName(Buffer.from([0x61, 0xff])), UnsafeNameError)
  })
})

describe('shared lock', () => {
  it('behavior: many shared, one exclusive, in order of arrival, and errors release it', async () => {
    const lock = sharedLock()
    const log: string[] = []
    const gate = Promise.withResolvers<void>()
    const jobs = [
      lock.shared(async () => {
        log.push('s1')
        await gate.promise
        log.push('s1 end')
        throw new Error('x')
      }),
      lock.shared(async () => log.push('s2')),
      lock.exclusive(async () => {
        log.push('x1')
        await Promise.resolve()
        log.push('x1 end')
        throw new Error('x')
      }),
      lock.exclusive(async () => log.push('x2')),
      lock.shared(async () => log.push('s3')),
      lock.exclusive(async () => log.push('x3'))
    ]
    gate.resolve()
    await Promise.allSettled(jobs)
    assert.deepEqual(log, ['s1', 's2', 's1 end', 'x1', 'x1 end', 'x2', 's3', 'x3'])
  })
})

describe('limiter', () => {
  it('behavior: never more at a time, in order, errors free their place', async () => {
    const limit = limiter(2)
    let active = 0
    let most = 0
    const started: number[] = []
    const jobs = Array.from({ length: 10 }, (_, i) =>
      limit(async () => {
        started.push(i)
        most = Math.max(most, ++active)
        await Promise.resolve()
        active--
        if (i % 3 === 0) throw new Error('x')
      })
    )
    await Promise.allSettled(jobs)
    assert.equal(most, 2)
    assert.deepEqual(started, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    assert.equal(await limit(async () => 7), 7)
  })
})

describe('pins', () => {
  const cleanup = new Cleanup()
  afterEach(() => cleanup.run())

  it('default: idempotent per owner, durable, a root is listed once', async () => {
    const pins = sqlitePins(join(await cleanup.dir(), 'sub', 'pins.db'))
    const [a, b] = [cidOf(Buffer.from('a')), cidOf(Buffer.from('b'))]
    pins.open()
    pins.open()
    pins.add(a, 'x')
    pins.add(a, 'x')
    pins.add(a, 'y')
    pins.add(b, 'y')
    pins.close()
    pins.close()
    pins.open()
    const roots = () => pins.roots().map(String).sort()
    assert.deepEqual(roots(), [a, b].map(String).sort())
    pins.removeOwner('y')
    assert.deepEqual(roots(), [a.toString()])
    pins.removeOwner("x'; DROP TABLE pins; --")
    pins.removeOwner('x')
    assert.deepEqual(roots(), [])
    pins.close()
  })
})
