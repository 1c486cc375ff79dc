import assert from 'node:assert/strict'
import { type BoardApiComponents, boardApi } from '../../../../../node/api/board.ts'
import type { Board } from '../../../../../node/settlement/board.ts'
import type { BoardOrder } from '../../../../../protocols/board/types.ts'
import { UserError } from '../../../../../protocols/common/errors.ts'
import type { Hex } from '../../../../../protocols/common/values.ts'
import { encodeSpec } from '../../../../../protocols/job/encode-spec.ts'
import { parseSpec } from '../../../../../protocols/job/parse-spec.ts'
import { type Party, type TestChain, testChain } from '../../../../helpers/evm.ts'

const SPEC = encodeSpec(parseSpec({ engine: { js: { source: 'export default () => {}' } } }))
const NOBODY = `0x${'00'.repeat(20)}` as const
const UNKNOWN: Hex = `0x${'ab'.repeat(32)}`
const TIMEOUT = 600n
/** Together more blocks than one page of logs has. */
const MINED = Array.from({ length: 6 }, () => 350)

describe('evm: job board', () => {
  let chain: TestChain
  let reader: Party
  let lane = 0n

  before(async () => {
    chain = await testChain()
    reader = await onBoard()
  })
  after(() => chain.stop())

  const onBoard = () => chain.party({ board: chain.board })
  const boardOf = ({ settlement }: Party): Board => {
    assert.ok(settlement.board !== undefined)
    return settlement.board
  }
  const order = (more: Partial<BoardOrder> = {}): BoardOrder => {
    lane += 1n
    const [bid, fee, turn, turns] = [1000n, 10n, 60n, 1n]
    return { bid, fee, callback: NOBODY, callbackGas: 0n, turn, turns, timeout: TIMEOUT, lane, ...more }
  }
  const apiOf = ({ settlement }: Party) => boardApi({ settlement } as BoardApiComponents)
  const named = (name: string) => (error: unknown) => error instanceof UserError && error.name === name
  const refused = (contractError: string) => (error: unknown) =>
    named('DealStateError')(error) && (error as { contractError?: string }).contractError === contractError

  it('default: what was asked for is found by its id and its beginning, with its terms', async () => {
    const asked = order()
    const { id } = await boardOf(reader).request(asked, SPEC.bytes)
    for (const text of [id, id.slice(0, 12) as Hex]) {
      const entry = await boardOf(reader).find(text)
      assert.deepEqual([entry?.id, entry?.state], [id, 'open'])
      const { bid, fee, lane: its } = entry?.request ?? asked
      assert.deepEqual([bid, fee, its], [asked.bid, asked.fee, asked.lane])
      assert.deepEqual(entry?.job, SPEC.bytes)
    }
    assert.equal(await boardOf(reader).find(UNKNOWN), undefined)
  })

  it('behavior: one that lies many pages and requests back is found, ended and found again', async () => {
    const { id } = await boardOf(reader).request(order(), SPEC.bytes)
    for (const blocks of MINED) await chain.control.mine({ blocks })
    const { id: newer } = await boardOf(reader).request(order({ timeout: 86_400n }), SPEC.bytes)
    assert.deepEqual(
      (await boardOf(reader).list({ limit: 1 })).map(entry => entry.id),
      [newer]
    )
    const entry = await boardOf(reader).find(id)
    assert.ok(entry !== undefined)
    assert.equal((await boardOf(reader).find(id.slice(0, 14) as Hex))?.id, id)
    await chain.pass(Number(TIMEOUT) + 1)
    await apiOf(reader).refundBoardRequest(id)
    assert.equal(await boardOf(reader).isOpen(entry.request), false)
    assert.equal((await apiOf(reader).boardRequest(id)).state, 'refunded')
    // what is over stays over, and is no mistake
    await boardOf(reader).refund(entry.request)
  })

  it('error: a lane in use, money before its time, and nothing to take', async () => {
    const asked = order()
    const { id } = await boardOf(reader).request(asked, SPEC.bytes)
    await assert.rejects(boardOf(reader).request(asked, SPEC.bytes), refused('LaneBusy'))
    await assert.rejects(apiOf(reader).refundBoardRequest(id), refused('TooEarly'))
    await assert.rejects(apiOf(reader).withdrawFromBoard(), refused('NothingToWithdraw'))
    await assert.rejects(boardOf(reader).request(order(), new Uint8Array()), named('InvalidInputError'))
  })

  it('error: RequestNotFoundError for what the board does not have, NoBoardError where there is none', async () => {
    for (const id of [UNKNOWN, UNKNOWN.slice(0, 10), '0x', 'moo', `${UNKNOWN}00`]) {
      await assert.rejects(apiOf(reader).boardRequest(id), named('RequestNotFoundError'))
      await assert.rejects(apiOf(reader).refundBoardRequest(id), named('RequestNotFoundError'))
    }
    const without = apiOf(await chain.party())
    await assert.rejects(without.boardRequests({ mine: false }), named('NoBoardError'))
    await assert.rejects(without.boardRequest(UNKNOWN), named('NoBoardError'))
    await assert.rejects(without.boardCredit(), named('NoBoardError'))
  })

  it('behavior: a reorg takes a request back: it is unknown again, not open, and its event is taken back', async () => {
    const requester = await onBoard()
    await chain.control.mine({ blocks: 4 })
    const events = boardOf(reader).events({ consumer: 'reorg' })[Symbol.asyncIterator]()
    const { id } = await boardOf(requester).request(order(), SPEC.bytes)
    const entry = await boardOf(reader).find(id)
    assert.ok(entry !== undefined)
    const next = async (): Promise<string> => {
      for (;;) {
        const { value, done } = await events.next()
        assert.notEqual(done, true)
        if (value.deal === id) return value.kind
      }
    }
    assert.equal(await next(), 'requested')
    // a node that has stopped sends nothing again
    await requester.settlement.stop()
    const taken = next()
    await chain.control.request({ method: 'anvil_reorg', params: [1, []] } as never)
    assert.equal(await taken, 'removed')
    assert.equal(await boardOf(reader).isOpen(entry.request), false)
    await assert.rejects(apiOf(reader).boardRequest(id), named('RequestNotFoundError'))
    await events.return?.(undefined)
  })
})
