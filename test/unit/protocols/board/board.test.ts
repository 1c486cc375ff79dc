import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { decide, feeFor, refusalOf } from '../../../../protocols/board/decide.ts'
import { cidOfJob, runOf } from '../../../../protocols/board/delivery.ts'
import { turnsOf } from '../../../../protocols/board/rendezvous.ts'
import type { BoardRequest } from '../../../../protocols/board/types.ts'
import type { Address, Hex } from '../../../../protocols/common/values.ts'
import { nextNonce } from '../../../../protocols/deal/next-nonce.ts'
import { parseSpec } from '../../../../protocols/job/parse-spec.ts'
import type { Seat } from '../../../../protocols/mediation/types.ts'
import { rendezvousVectors } from '../../../vectors/build/board.ts'

const ID: Hex = `0x${'5a'.repeat(32)}`
const account = (n: number): Address => `0x${n.toString(16).padStart(40, '0')}` as Address
const seatAt = (index: number, owner: number, more: Partial<Seat> = {}): Seat => ({
  ...{ index, owner: account(owner), fromSec: 1, stake: 1n, risk: 0n, capabilities: 1 },
  ...more
})
const request: BoardRequest = {
  requester: account(99),
  spec: ID,
  bid: 100n,
  fee: 30n,
  callback: account(0),
  callbackGas: 0n,
  turn: 60n,
  turns: 4n,
  timeout: 4000n,
  lane: 0n,
  createdAt: 1000n,
  seed: ID
}
const SPEC = { timeoutMs: 60_000 }
const SEATS = [seatAt(0, 1), seatAt(1, 2), seatAt(2, 3), seatAt(3, 4)]

describe('board', () => {
  it('default: the published vectors, which the contract agrees with (contracts/test/BoardVectors.t.sol)', () => {
    const path = join(import.meta.dirname, '..', '..', '..', 'vectors', 'board', 'rendezvous.json')
    assert.deepEqual(JSON.parse(JSON.stringify(rendezvousVectors())), JSON.parse(readFileSync(path, 'utf8')))
  })

  it('behavior: every seat has a turn of its own, not before the board takes it', () => {
    const turns = turnsOf(ID, request, SEATS)
    assert.deepEqual(turns.map(t => t.seat).toSorted(), [0, 1, 2, 3])
    for (const [i, turn] of turns.entries()) {
      assert.ok(turn.actsFromSec >= turn.fromSec)
      assert.equal(turn.fromSec, 1000 + Number(turn.place) * 60)
      assert.ok(i === 0 || turn.actsFromSec >= (turns[i - 1]?.actsFromSec ?? 0) + 60)
    }
  })

  it('behavior: two seats of one owner in a row need no second turn', () => {
    const [first, second] = turnsOf(ID, { ...request, turns: 1n }, [seatAt(0, 1), seatAt(1, 1)])
    assert.equal(first?.actsFromSec, second?.actsFromSec)
  })

  it('behavior: who came after the request or was leaving before has no turn', () => {
    const seats = [seatAt(0, 1, { fromSec: 1000 }), seatAt(1, 2, { exitSec: 999 }), seatAt(2, 3, { exitSec: 1000 })]
    assert.deepEqual(
      turnsOf(ID, request, seats).map(t => t.seat),
      [2]
    )
  })

  it('behavior: an agent waits for its turn, and takes the request then', () => {
    const turn = turnsOf(ID, request, SEATS)[2]
    assert.ok(turn !== undefined)
    const agent = { account: turn.owner, minFee: 30n }
    const at = (nowSec: number) => decide(ID, request, SPEC, SEATS, agent, nowSec)
    assert.deepEqual(at(turn.actsFromSec - 1), { do: 'wait', untilSec: turn.actsFromSec })
    assert.deepEqual(at(turn.actsFromSec), { do: 'take', turn })
  })

  it('behavior: it leaves a request that pays too little, comes too late, or is nothing for it', () => {
    const agent = { account: account(1), minFee: 30n }
    const doing = (asked: BoardRequest, nowSec: number, who = agent) => decide(ID, asked, SPEC, SEATS, who, nowSec).do
    assert.equal(doing({ ...request, fee: 29n }, 1000), 'leave')
    assert.equal(doing({ ...request, callbackGas: 1n }, 1000), 'leave')
    assert.equal(doing(request, 1000, { ...agent, account: account(9) }), 'leave')
    // a quarter of the time and the job's own are kept
    assert.equal(doing(request, 3940), 'take')
    assert.equal(doing(request, 3941), 'leave')
  })

  it('behavior: the fee grows with each begun 100,000 gas of the callback', () => {
    assert.deepEqual([feeFor(5n, 0n), feeFor(5n, 1n), feeFor(5n, 100_000n), feeFor(5n, 100_001n)], [5n, 10n, 10n, 15n])
  })

  it('error: jobs that a board cannot deliver', () => {
    const spec = (more: object) => parseSpec({ engine: { js: { source: 'export default () => {}' } }, ...more })
    assert.equal(refusalOf(spec({})), undefined)
    assert.equal(refusalOf(spec({ verify: { policy: { spot: '5%' } } })), undefined)
    assert.match(refusalOf(spec({ private: true })) ?? '', /private/)
    assert.match(refusalOf(spec({ verify: { include: ['stdout'] } })) ?? '', /digest/)
    assert.match(refusalOf(spec({ verify: { policy: { committee: 3 } } })) ?? '', /policy/)
    assert.match(refusalOf(spec({ verify: { policy: { replicas: { n: 2, min: 2 } } } })) ?? '', /policy/)
  })

  it('behavior: a job is a CID of a specification, or the specification', () => {
    const cid = CID.parse('bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')
    assert.equal(cidOfJob(cid.bytes), cid.bytes)
    assert.equal(cidOfJob(cid.bytes.subarray(1)), undefined)
    assert.equal(cidOfJob(new Uint8Array(36)), undefined)
  })

  it('behavior: a run as the board has it; one that an engine failed at is none', () => {
    const cid = CID.parse('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')
    const parts = { stdout: cid, outputs: cid }
    const run = runOf({ outcome: 'exited', exitCode: 7, ...parts }, ID)
    assert.deepEqual([run?.outcome, run?.exitCode, run?.stdoutCodec], [0, 7, 0x55])
    assert.equal(runOf({ outcome: 'disk-full', ...parts }, ID)?.outcome, 3)
    assert.equal(runOf({ outcome: 'engine-error', ...parts }, ID), undefined)
  })

  it('behavior: attempts at a job share all but eight bits of the nonce', () => {
    assert.equal(nextNonce(ID), `${ID.slice(0, -2)}5b`)
    assert.equal(nextNonce(`${ID.slice(0, -2)}ff` as Hex), `${ID.slice(0, -2)}00`)
  })
})
