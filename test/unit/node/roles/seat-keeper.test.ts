import assert from 'node:assert/strict'
import { pino } from 'pino'
import { capabilitiesOf, SeatKeeper } from '../../../../node/roles/seat-keeper.ts'
import type { Court } from '../../../../node/settlement/court.ts'
import type { Seat } from '../../../../protocols/mediation/types.ts'
import { account } from '../../../support/deal/builders.ts'

const ME = account(7)

/** A court of which only the seats matter. */
class Seats {
  readonly list: Seat[] = []
  money = true
  tries = 0

  readonly court = {
    seats: async () => this.list,
    settings: async () => ({ seatStake: 10n }),
    takeSeat: async (capabilities: number) => {
      const seat = { index: this.list.length, owner: ME, fromSec: 0, stake: 10n, risk: 0n, capabilities }
      this.list.push(seat)
      return { seat: seat.index, receipt: { transaction: '0x', gasUsed: 0n } }
    },
    askExit: async (index: number) => {
      const seat = this.list[index]
      if (seat !== undefined) seat.exitSec = 1
    }
  } as unknown as Court

  readonly values = new Map<string, unknown>()
  keeper(wanted: number, hasCourt = true): SeatKeeper {
    return new SeatKeeper(
      { account: ME, wanted, capabilities: 1 },
      {
        court: () => (hasCourt ? this.court : undefined),
        ensureFree: async () => {
          this.tries++
          if (!this.money) throw new Error('no money')
        },
        journal: {
          getValue: <T>(key: string) => this.values.get(key) as T | undefined,
          setValue: (key, value) => void this.values.set(key, value)
        },
        log: pino({ level: 'silent' })
      }
    )
  }
  async settled(keeper: SeatKeeper): Promise<void> {
    keeper.start()
    await new Promise(resolve => setImmediate(resolve))
    await keeper.stop()
  }
}

describe('roles/seat-keeper', () => {
  it('default: takes what is missing, and nothing more at the next start', async () => {
    const seats = new Seats()
    await seats.settled(seats.keeper(2))
    assert.deepEqual(
      seats.list.map(s => [s.owner, s.capabilities]),
      [
        [ME, 1],
        [ME, 1]
      ]
    )
    await seats.settled(seats.keeper(2))
    assert.equal(seats.list.length, 2)
  })

  it('behavior: a seat that its owner left is not taken back, until the owner takes one', async () => {
    const seats = new Seats()
    const keeper = seats.keeper(1)
    await seats.settled(keeper)
    await keeper.askExit(seats.court, 0)
    await seats.settled(seats.keeper(1))
    assert.equal(seats.list.length, 1)
    await keeper.take(seats.court)
    await seats.settled(seats.keeper(2))
    assert.equal(seats.list.length, 3)
  })

  it('behavior: without money it waits, and stops at once when told to', async () => {
    const seats = new Seats()
    seats.money = false
    await seats.settled(seats.keeper(1))
    assert.deepEqual([seats.list.length, seats.tries], [0, 1])
  })

  it('behavior: no court, or no seat wanted: nothing to do', async () => {
    const seats = new Seats()
    await seats.settled(seats.keeper(0))
    await seats.settled(seats.keeper(1, false))
    assert.equal(seats.tries, 0)
  })

  it('default: only engines that repeat exactly count', () => {
    assert.deepEqual([capabilitiesOf(['docker', 'js', 'wasm', 'noop']), capabilitiesOf(['docker'])], [3, 0])
  })
})
