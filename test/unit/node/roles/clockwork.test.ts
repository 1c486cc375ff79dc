import assert from 'node:assert/strict'
import { Clockwork } from '../../../../node/roles/clockwork.ts'
import type { DealEvent, Settlement } from '../../../../node/settlement/settlement.ts'

const event = (transaction: string, changes: Partial<DealEvent> = {}): DealEvent => ({
  deal: '0x01',
  kind: 'opened',
  transaction: transaction as DealEvent['transaction'],
  blockNumber: 1n,
  ...changes
})

describe('roles/clockwork', () => {
  it('behavior: what a reorg took back is told to the operator, not to the machines', async () => {
    const done = Promise.withResolvers<void>()
    const settlement = {
      async *events({ signal }: { signal: AbortSignal }) {
        yield event('0x0a')
        yield event('0x0a', { removed: true })
        yield event('0x0b')
        done.resolve()
        await new Promise(resolve => signal.addEventListener('abort', resolve))
      }
    } as unknown as Settlement
    const [heard, warned]: [string[], string[]] = [[], []]
    const machine = { busy: false, tick: () => {}, onChain: (seen: DealEvent) => void heard.push(seen.transaction) }
    const log = { warn: (fields: { transaction: string }) => void warned.push(fields.transaction) }
    const clockwork = new Clockwork(settlement, [machine], log as never)
    clockwork.start()
    await done.promise
    await clockwork.stop()
    assert.deepEqual([heard, warned], [['0x0a', '0x0b'], ['0x0a']])
  })
})
