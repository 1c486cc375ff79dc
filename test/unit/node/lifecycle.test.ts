import assert from 'node:assert/strict'
import { inOrder, type Part } from '../../../node/lifecycle.ts'

describe('inOrder', () => {
  const told: string[] = []
  const errors: unknown[] = []
  beforeEach(() => {
    told.splice(0)
    errors.splice(0)
  })
  const quiet = () => undefined
  const log = { debug: quiet, info: quiet, warn: quiet, error: (fields: unknown) => void errors.push(fields) }

  function part(name: string, stop: () => unknown = () => undefined): Part {
    return {
      name,
      start: () => void told.push(`${name} starts`),
      async stop() {
        told.push(`${name} stops`)
        await stop()
      }
    }
  }

  it('default: parts start in order and stop in reverse, each once', async () => {
    const life = inOrder(log, [part('a'), part('b')])
    await life.start()
    await life.start()
    await life.stop()
    await life.stop()
    assert.deepEqual(told, ['a starts', 'b starts', 'b stops', 'a stops'])
  })

  it('behavior: a part that fails to start is stopped with those before it, and later ones are left alone', async () => {
    const broken = { ...part('b'), start: () => Promise.reject(new Error('no room')) }
    const life = inOrder(log, [part('a'), broken, part('c')])
    await assert.rejects(life.start(), /no room/)
    await life.stop()
    assert.deepEqual(told, ['a starts', 'b stops', 'a stops'])
  })

  it('behavior: work that the stop cut off is no error', async () => {
    const cut = () => Promise.reject(new DOMException('the node stops', 'AbortError'))
    const life = inOrder(log, [part('a'), part('b', cut)])
    await life.start()
    await life.stop()
    assert.deepEqual(told.slice(2), ['b stops', 'a stops'])
  })

  it('error: a part that does not stop keeps no other from it, is named in the log, and the first error is thrown', async () => {
    const fails = (why: string) => () => Promise.reject(new Error(why))
    const life = inOrder(log, [part('a'), part('b', fails('second')), part('c', fails('first'))])
    await life.start()
    await assert.rejects(life.stop(), /first/)
    assert.deepEqual(told.slice(3), ['c stops', 'b stops', 'a stops'])
    assert.deepEqual(errors, [
      { part: 'c', error: 'first' },
      { part: 'b', error: 'second' }
    ])
  })
})
