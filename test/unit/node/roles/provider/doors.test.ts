import assert from 'node:assert/strict'
import { Doors } from '../../../../../node/roles/provider/doors.ts'
import { parseSchedule } from '../../../../../node/schedule/parse.ts'
import { HandClock } from '../../../../support/deal/desk-bench.ts'

// the hand clock begins on Friday 2027-01-15, 08:00 UTC
describe('roles/provider/doors', () => {
  function doorsOf(hours?: string) {
    const clock = new HandClock()
    const said: (string | undefined)[] = []
    const schedule = hours === undefined ? undefined : parseSchedule(hours, 'UTC')
    const doors: Doors = new Doors(
      { schedule },
      { clock: { nowMs: clock.nowMs }, alarm: clock.alarm, onChange: () => said.push(doors.closed) }
    )
    return { doors, clock, said }
  }

  it('default: open from its start to its end', () => {
    const { doors, said } = doorsOf()
    assert.equal(doors.closed, 'stopping')
    doors.open()
    doors.stop()
    assert.deepEqual(said, [undefined, 'stopping'])
  })

  it('behavior: opens and closes with its hours', () => {
    const { doors, clock, said } = doorsOf('fri 09:00-10:00')
    doors.open()
    assert.deepEqual([doors.closed, doors.closedText?.includes('Fri 09:00')], ['hours', true])
    clock.advance(3_600_000)
    assert.equal(doors.closed, undefined)
    clock.advance(3_600_000)
    assert.deepEqual(said, ['hours', undefined, 'hours'])
    doors.stop()
    clock.advance(14 * 24 * 3_600_000)
    assert.equal(said.length, 4)
  })

  it('behavior: an operator can close it, and open it within its hours', () => {
    const { doors, clock, said } = doorsOf('fri 08:00-10:00')
    doors.open()
    doors.drain()
    doors.drain()
    doors.resume()
    clock.advance(2 * 3_600_000)
    doors.resume()
    assert.deepEqual(said, [undefined, 'drained', undefined, 'hours'])
  })
})
