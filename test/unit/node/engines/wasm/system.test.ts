import assert from 'node:assert/strict'
import { WasiCalls } from '../../../../support/wasm/calls.ts'

const E = { BADF: 8, INVAL: 28 }
const EPOCH_NS = 946_684_800_000_000_000n

/** A subscription of poll_oneoff. */
function subscription(
  kind: number,
  init: { id?: number; timeout?: bigint; absolute?: boolean; userdata?: bigint }
): Buffer {
  const bytes = Buffer.alloc(48)
  bytes.writeBigUInt64LE(init.userdata ?? 0n, 0)
  bytes[8] = kind
  bytes.writeUInt32LE(init.id ?? 1, 16)
  bytes.writeBigUInt64LE(init.timeout ?? 0n, 24)
  bytes.writeUInt16LE(init.absolute === true ? 1 : 0, 40)
  return bytes
}

describe('engines/wasm/guest: system', () => {
  let wasi: WasiCalls
  beforeEach(() => {
    wasi = new WasiCalls({ args: ['ä', ''], env: { B: '2', A: 'ü' } })
  })
  const now = (id: number): bigint => {
    assert.equal(wasi.call('clock_time_get', id, 0n, wasi.out), 0)
    return wasi.bytes.readBigUInt64LE(wasi.out)
  }
  const strings = (kind: 'args' | 'environ'): string[] => {
    assert.equal(wasi.call(`${kind}_sizes_get`, wasi.out, wasi.out + 4), 0)
    const [count, size] = [wasi.result, wasi.bytes.readUInt32LE(wasi.out + 4)]
    const [pointers] = wasi.text(Buffer.alloc(4 * count))
    const [buffer] = wasi.text(Buffer.alloc(size))
    assert.equal(wasi.call(`${kind}_get`, pointers, buffer), 0)
    const end = buffer + size
    return Array.from({ length: count }, (_, i) => {
      const at = wasi.bytes.readUInt32LE(pointers + 4 * i)
      const zero = wasi.bytes.indexOf(0, at)
      assert.ok(zero < end)
      return wasi.bytes.toString('utf8', at, zero)
    })
  }
  const poll = (
    ...subscriptions: Buffer[]
  ): { error: number; events: [userdata: bigint, error: number, kind: number][] } => {
    const [at] = wasi.text(Buffer.concat(subscriptions))
    const [events] = wasi.text(Buffer.alloc(32 * subscriptions.length))
    const error = wasi.call('poll_oneoff', at, events, subscriptions.length, wasi.out)
    const found = Array.from({ length: error === 0 ? wasi.result : 0 }, (_, i): [bigint, number, number] => {
      const event = events + 32 * i
      return [wasi.bytes.readBigUInt64LE(event), wasi.bytes.readUInt16LE(event + 8), wasi.bytes[event + 10] ?? -1]
    })
    return { error, events: found }
  }

  it('args and environment: in UTF-8, variables by name', () => {
    assert.deepEqual(strings('args'), ['main.wasm', 'ä', ''])
    assert.deepEqual(strings('environ'), ['A=ü', 'B=2'])
  })
  it('clocks: begin at the epoch and zero, move with each reading', () => {
    assert.deepEqual([now(0), now(1), now(2), now(3)], [EPOCH_NS + 1000n, 2000n, 3000n, 4000n])
    assert.equal(wasi.call('clock_time_get', 4, 0n, wasi.out), E.INVAL)
    assert.equal(wasi.call('clock_res_get', 1, wasi.out), 0)
    assert.equal(wasi.bytes.readBigUInt64LE(wasi.out), 1000n)
  })
  it('poll: the shortest sleep is over, and the clock has moved by it', () => {
    const long = subscription(0, { timeout: 10n ** 12n, userdata: 1n })
    const short = subscription(0, { timeout: 10n ** 9n, userdata: 2n })
    assert.deepEqual(poll(long, short).events, [[2n, 0, 0]])
    assert.equal(now(1), 10n ** 9n + 1000n)
    assert.deepEqual(poll(subscription(0, { timeout: 5n * 10n ** 9n, absolute: true, userdata: 3n })).events, [
      [3n, 0, 0]
    ])
    assert.equal(now(1), 5n * 10n ** 9n + 1000n)
    const midnight = { id: 0, timeout: EPOCH_NS + 60n * 10n ** 9n, absolute: true }
    assert.equal(poll(subscription(0, midnight)).events.length, 1)
    assert.equal(now(0), EPOCH_NS + 60n * 10n ** 9n + 1000n)
    assert.equal(poll(subscription(0, { timeout: 1n, absolute: true })).events.length, 1)
    assert.equal(now(1), 60n * 10n ** 9n + 2000n, 'time does not go back')
    poll(subscription(0, { timeout: 2n ** 64n - 1n }))
    const last = now(1)
    assert.equal(now(0) - EPOCH_NS, last, 'the end of time')
  })
  it('poll: what is open is ready at once, what is not says so', () => {
    const { events } = poll(
      subscription(0, { timeout: 10n ** 9n }),
      subscription(1, { id: 0, userdata: 5n }),
      subscription(2, { id: 1, userdata: 6n }),
      subscription(1, { id: 99, userdata: 7n })
    )
    assert.deepEqual(events, [
      [5n, 0, 1],
      [6n, 0, 2],
      [7n, E.BADF, 1]
    ])
    assert.equal(now(1), 1000n)
    assert.equal(poll().error, E.INVAL)
    assert.equal(poll(subscription(3, {})).error, E.INVAL)
    assert.equal(poll(subscription(0, { id: 9 })).error, E.INVAL)
  })
  it('random: the same for the same seed, every byte of it', () => {
    const draw = (of: WasiCalls, length: number): string => {
      const [at] = of.text(Buffer.alloc(length))
      assert.equal(of.call('random_get', at, length), 0)
      return of.bytes.toString('hex', at, at + length)
    }
    const first = draw(wasi, 37)
    assert.equal(draw(new WasiCalls(), 37), first)
    assert.notEqual(draw(wasi, 37), first)
    assert.equal(draw(wasi, 0), '')
  })
  it('exit: nothing can be called any more', () => {
    for (const [name, args] of [
      ['proc_exit', [3]],
      ['sched_yield', []],
      ['fd_close', [0]]
    ] as const) {
      assert.throws(
        () => wasi.call(name, ...args),
        error => !(error instanceof Error)
      )
    }
  })
})
