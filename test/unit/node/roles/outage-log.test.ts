import assert from 'node:assert/strict'
import { OutageLog } from '../../../../node/roles/outage-log.ts'

describe('roles/outage-log', () => {
  let nowMs: number
  let told: [string, unknown][]
  let outage: OutageLog
  beforeEach(() => {
    nowMs = 5
    told = []
    const tell = ({ times }: { times?: number }, text: string): void => void told.push([text, times])
    outage = new OutageLog({ info: tell, warn: tell } as never, { down: 'down', up: 'up' }, () => nowMs)
  })
  const failing = (seconds: number): void => {
    for (let i = 0; i < seconds * 4; i++) {
      outage.failed(new Error('no'))
      nowMs += 250
    }
  }

  it('default: told at once, then once a minute with how often, then once that it is over', () => {
    outage.worked()
    failing(150)
    outage.worked()
    outage.worked()
    assert.deepEqual(told, [
      ['down', undefined],
      ['down', 240],
      ['down', 240],
      ['up', undefined]
    ])
  })

  it('behavior: what begins anew is told at once, and counts anew', () => {
    failing(1)
    outage.worked()
    failing(1)
    assert.deepEqual(told, [
      ['down', undefined],
      ['up', undefined],
      ['down', undefined]
    ])
  })
})
