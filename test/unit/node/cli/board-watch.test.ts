import assert from 'node:assert/strict'
import { reasonText, waitingText } from '../../../../node/cli/board-watch.ts'
import type { BoardRequestView } from '../../../../node/http/views.ts'

const AT = Date.UTC(2026, 10, 1, 12)
const MINUTE = 60_000
const owner = (digit: string): string => `0x${digit.repeat(40)}`
const request = (...turns: BoardRequestView['turns']): BoardRequestView =>
  ({ state: 'open', expired: false, deadlineAt: AT + 60 * MINUTE, turns }) as BoardRequestView
const turn = (digit: string, minutes: number) => ({ seat: 1, owner: owner(digit), from: AT + minutes * MINUTE })
const two = request(turn('a', 1), turn('b', 3))

describe('cli/board-watch: what is waited for', () => {
  const cases: [what: string, minutes: number, says: RegExp][] = [
    ['before the first turn', 0, /^an agent: first turn, of 0xaaaa.*, from 2026-11-01 12:01:00 UTC$/],
    ['the first turn, in its first moment', 1, /^an agent: turn of 0xaaaa.*, until 2026-11-01 12:03:00 UTC$/],
    ['the last turn that is known', 9, /^an agent: turn of 0xbbbb.*, until 2026-11-01 13:00:00 UTC$/]
  ]
  for (const [what, minutes, says] of cases)
    it(`default: ${what}`, () => assert.match(waitingText([two], AT + minutes * MINUTE), says))

  it('behavior: of several, how many are open, and the first of them', () => {
    const done = { ...request(turn('c', 0)), state: 'delivered' } as BoardRequestView
    assert.match(waitingText([done, two, two], AT + MINUTE), /^agents of 2 of 3 requests: turn of 0xaaaa/)
  })

  it('behavior: nobody with a seat, and agents that may leave it, are told from each other', () => {
    assert.match(waitingText([request()], AT), /no seat may serve it; the money can go back after 2026-11-01 13:00:00/)
    assert.match(reasonText([two, request()]), /no agent has a seat/)
    assert.match(reasonText([two]), /--board-min-fee/)
  })
})
