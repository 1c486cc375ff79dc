import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Journal } from '../../../../node/journal/journal.ts'
import { sqliteJournal } from '../../../../node/journal/sqlite-journal.ts'
import { MachineRunner, type MachineRunnerInit } from '../../../../node/roles/machine-runner.ts'
import { conclude, type Outbox, postpone, put, reissue } from '../../../../protocols/deal/outbox.ts'

type Effect = { type: 'work'; n: number }
interface State {
  n: number
  outbox: Outbox<Effect>
}
type Event = { atMs: number } & (
  | { type: 'begun'; n: number }
  | { type: 'worked' }
  | { type: 'effectFailed'; effect: 'work'; reason: string; name?: string }
  | { type: 'nothing' }
  | { type: 'restarted' }
)
type Init = MachineRunnerInit<State, Event, Effect>

/** Works n times, each time with one effect. */
const machine: Pick<Init, 'kind' | 'begin' | 'step' | 'isDone'> = {
  kind: 'test',
  begin: event => {
    const n = event.type === 'begun' ? event.n : 0
    return { state: { n, outbox: put<Effect>([], { type: 'work', n }) }, effects: [{ type: 'work', n }] }
  },
  step: (state, event) => {
    if (event.type === 'effectFailed')
      return { state: { ...state, outbox: postpone(state.outbox, 'work', 0) }, effects: [] }
    if (event.type === 'restarted') {
      const { outbox, effects } = reissue(state.outbox)
      return { state: { ...state, outbox }, effects }
    }
    if (event.type !== 'worked') return { state, effects: [] }
    const n = state.n - 1
    const effects: Effect[] = n > 0 ? [{ type: 'work', n }] : []
    return { state: { n, outbox: put(conclude(state.outbox, 'work'), ...effects) }, effects }
  },
  isDone: state => state.outbox.length === 0
}

describe('roles/machine-runner', () => {
  let dir: string
  let journal: Journal
  const errors: string[] = []
  const seen: string[] = []

  const runner = (perform: Init['perform'], over: Journal = journal, quiet: ReadonlySet<'work'> = new Set()) => {
    const hooks = {
      onChange: (id: string, state: State, event: Event) => void seen.push(`${id} ${event.type} ${state.n}`),
      onError: (_id: string, _effect: Effect, error: unknown) => void errors.push((error as Error).message)
    }
    const made = new MachineRunner<State, Event, Effect>(
      { ...machine, ...hooks, perform, private: quiet },
      over,
      () => 1_000
    )
    made.start()
    return made
  }
  const idle = async (made: MachineRunner<State, Event, Effect>) => {
    while (made.live().some(([, s]) => s.outbox.some(p => p.notBeforeMs === undefined))) {
      await new Promise(resolve => setImmediate(resolve))
    }
  }

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-runner-'))
    journal = sqliteJournal({ path: join(dir, 'journal.db') })
    journal.start()
    errors.length = 0
    seen.length = 0
  })
  afterEach(() => {
    journal.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  it('default: every event is on disk before its effects begin', async () => {
    const made = runner(async (id, state, effect) => {
      assert.deepEqual(journal.get<State>('test', id)?.state, state)
      assert.equal(effect.n, state.n)
      return { type: 'worked' }
    })
    made.begin('a', { type: 'begun', n: 3 })
    await idle(made)
    assert.deepEqual(seen, ['a begun 3', 'a worked 2', 'a worked 1', 'a worked 0'])
    assert.deepEqual([made.live(), made.get('a')?.n, journal.get('test', 'a')?.done], [[], 0, true])
    assert.deepEqual(
      journal.history('test', 'a').map(e => e.at),
      [1_000, 1_000, 1_000, 1_000]
    )
    await made.stop()
  })

  it('behavior: only a step from a private effect to nothing but private ones is written lazily', async () => {
    const lazy: string[] = []
    const over: Journal = Object.assign(Object.create(journal), {
      append: (entry: Parameters<Journal['append']>[0], options: { lazy?: boolean } = {}) => {
        lazy.push(`${(entry.event as Event).type} ${options.lazy === true}`)
        journal.append(entry, options)
      },
      get: (kind: string, id: string) => journal.get(kind, id),
      list: (...args: Parameters<Journal['list']>) => journal.list(...args)
    })
    const worked = async () => ({ type: 'worked' }) as const
    const plain = runner(worked, over)
    plain.begin('a', { type: 'begun', n: 2 })
    await idle(plain)
    const quiet = runner(worked, over, new Set(['work'] as const))
    quiet.begin('b', { type: 'begun', n: 2 })
    await idle(quiet)
    quiet.begin('c', { type: 'begun', n: 9 })
    quiet.dispatch('c', { type: 'worked' })
    assert.deepEqual(lazy.slice(0, 6), [
      'begun false',
      'worked false',
      'worked false',
      'begun false',
      'worked true',
      'worked true'
    ])
    assert.deepEqual(lazy.slice(6, 8), ['begun false', 'worked false'])
    await quiet.stop()
    await plain.stop()
  })

  it('behavior: an event that changes nothing is not written', async () => {
    const made = runner(() => new Promise(() => undefined))
    made.begin('a', { type: 'begun', n: 1 })
    made.dispatch('a', { type: 'nothing' })
    assert.equal(made.dispatch('unknown', { type: 'nothing' }), undefined)
    assert.equal(journal.history('test', 'a').length, 1)
  })

  it('error: one id, one machine', () => {
    const made = runner(() => new Promise(() => undefined))
    made.begin('a', { type: 'begun', n: 1 })
    assert.throws(() => made.begin('a', { type: 'begun', n: 1 }), { name: 'InternalError' })
  })

  it('behavior: an effect that throws becomes an event', async () => {
    const made = runner(async () => {
      throw new Error('no network')
    })
    made.begin('a', { type: 'begun', n: 1 })
    await idle(made)
    assert.deepEqual([errors, made.get('a')?.outbox[0]?.notBeforeMs], [['no network'], 500])
    await made.stop()
  })

  it('behavior: outcomes after stop are dropped, and a new process carries the effect out again', async () => {
    const release = Promise.withResolvers<void>()
    const first = runner(async () => {
      await release.promise
      return { type: 'worked' }
    })
    first.begin('a', { type: 'begun', n: 1 })
    const stopped = first.stop()
    release.resolve()
    await stopped
    assert.equal(journal.get<State>('test', 'a')?.state.n, 1)
    journal.stop()
    journal.start()
    const performed: number[] = []
    const second = runner(async (_id, _state, effect) => {
      performed.push(effect.n)
      return { type: 'worked' }
    })
    await idle(second)
    assert.deepEqual([performed, second.get('a')?.n], [[1], 0])
    await second.stop()
  })

  it('behavior: no machine is forgotten over a restart, however many there are', async () => {
    const state: State = { n: 1, outbox: put<Effect>([], { type: 'work', n: 1 }) }
    const at = 0
    journal.transaction(() => {
      for (let i = 0; i < 1_001; i++) {
        journal.append({ kind: 'test', id: `m${i}`, at, event: {}, state, expectedVersion: 0, done: false })
      }
    })
    const pages: (number | undefined)[] = []
    const list: Journal['list'] = (kind, options = {}) => {
      pages.push(options.before)
      return journal.list(kind, options)
    }
    // what a restart writes is another test's affair
    const reading = Object.assign(Object.create(journal), {
      list,
      append: () => undefined,
      get: () => undefined
    }) as Journal
    const begun: string[] = []
    const made = runner(async id => void begun.push(id), reading)
    await made.stop()
    assert.deepEqual([begun.length, new Set(begun).size, begun[0], pages.length], [1_001, 1_001, 'm0', 3])
  })

  it('error: a journal that cannot be written ends nothing; what was owed is done again when it can', async () => {
    let isFull = false
    const append: Journal['append'] = entry => {
      if (isFull) throw new Error('disk full')
      journal.append(entry)
    }
    const full = { append, get: journal.get.bind(journal), list: journal.list.bind(journal) } as Journal
    let tries = 0
    const tried = Promise.withResolvers<void>()
    const made = runner(async () => {
      if (++tries === 1) isFull = true
      else tried.resolve()
      return { type: 'worked' }
    }, full)
    made.begin('a', { type: 'begun', n: 1 })
    while (errors.length < 2) await new Promise(resolve => setImmediate(resolve))
    assert.throws(() => made.dispatch('a', { type: 'nothing' }), { message: 'disk full' })
    isFull = false
    made.dispatch('a', { type: 'nothing' })
    await tried.promise
    await idle(made)
    assert.deepEqual([tries, made.get('a')?.n], [2, 0])
    await made.stop()
  })
})
