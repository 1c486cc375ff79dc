import assert from 'node:assert/strict'
import type { DealEvent, Settlement } from '../../../node/settlement/settlement.ts'
import type { Hex } from '../../../protocols/common/values.ts'
import type { Deal, Result, SignedDeal } from '../../../protocols/deal/schema.ts'
import { dealTerms } from '../../helpers/deals.ts'

/** Two parties on one ledger, and its clock. Each has at least 100,000 units to lock. */
export interface World {
  creator: Settlement
  provider: Settlement
  /** moves the ledger's time on */
  pass(seconds: number): Promise<void>
  stop(): Promise<void>
}

const word = (byte: string): Hex => `0x${byte.repeat(32)}`

/** The next `count` events of one deal. */
async function take(settlement: Settlement, consumer: string, deal: Hex, count: number): Promise<DealEvent[]> {
  const taken: DealEvent[] = []
  for await (const event of settlement.events({ consumer })) {
    if (event.deal === deal) taken.push(event)
    if (taken.length === count) break
  }
  return taken
}

/** What every settlement must do, whatever holds the money. */
export function settlementSuite(name: string, makeWorld: () => Promise<World>): void {
  describe(`settlement: ${name}`, () => {
    let world: World
    let nonce = 100n

    before(async () => {
      world = await makeWorld()
    })
    after(() => world.stop())

    const terms = async (changes: Partial<Deal> = {}): Promise<Deal> => {
      nonce += 1n
      const { creator, provider } = world
      return dealTerms(creator.account, provider.account, await creator.now(), { nonce, ...changes })
    }
    const sign = async (deal: Deal): Promise<SignedDeal> => ({
      deal,
      creatorSignature: await world.creator.signDeal(deal),
      providerSignature: await world.provider.signDeal(deal)
    })
    const opened = async (changes: Partial<Deal> = {}): Promise<SignedDeal> => {
      const signed = await sign(await terms(changes))
      await world.creator.ensureFree(signed.deal.price)
      await world.provider.ensureFree(signed.deal.collateral)
      await world.provider.open(signed)
      return signed
    }
    const resultOf = (deal: Deal, charge = deal.price): Result => ({
      deal: world.creator.dealId(deal),
      commitment: word('44'),
      manifest: word('55'),
      charge
    })
    const free = async (): Promise<[bigint, bigint]> => [
      (await world.creator.balances()).free,
      (await world.provider.balances()).free
    ]
    /** what a piece of work changes in the free balances of creator and provider */
    const gain = async (work: () => Promise<unknown>): Promise<[bigint, bigint]> => {
      const [creatorBefore, providerBefore] = await free()
      await work()
      const [creatorAfter, providerAfter] = await free()
      return [creatorAfter - creatorBefore, providerAfter - providerBefore]
    }
    const fails = (work: Promise<unknown>, name: string) => assert.rejects(work, { name })

    describe('signatures', () => {
      it('default: recovers who signed a deal, a result and a close', async () => {
        const { creator, provider } = world
        const deal = await terms()
        const result = resultOf(deal)
        const close = { deal: creator.dealId(deal), toProvider: 5n, expiry: 9 }
        assert.equal(await provider.dealSigner(deal, await creator.signDeal(deal)), creator.account)
        assert.equal(await creator.resultSigner(result, await provider.signResult(result)), provider.account)
        assert.equal(await creator.closeSigner(close, await creator.signClose(close)), creator.account)
      })

      it('default: the id depends on every term', async () => {
        const deal = await terms()
        const id = world.creator.dealId(deal)
        assert.equal(world.provider.dealId(deal), id)
        for (const change of [{ price: 1n }, { nonce: 0n }, { submitWindow: 61 }, { spec: word('99') }]) {
          assert.notEqual(world.creator.dealId({ ...deal, ...change }), id)
        }
      })

      it('error: a malformed signature has no signer', async () => {
        const deal = await terms()
        const signature = await world.creator.signDeal(deal)
        for (const bad of ['0x', signature.slice(0, -2), `${signature}00`, `${signature.slice(0, -2)}05`]) {
          assert.equal(await world.provider.dealSigner(deal, bad as Hex), undefined)
        }
      })
    })

    it('default: the terms of a deal can be read by its id where there is a chain to read', async () => {
      const { creator } = world
      const signed = await opened()
      assert.deepEqual(await creator.dealOf(creator.dealId(signed.deal)), creator.kind === 'evm' ? signed : undefined)
      assert.equal(await creator.dealOf(word('ab')), undefined)
    })

    describe('the paths of a deal', () => {
      it('default: open, then the creator signs the result', async () => {
        const { creator, provider } = world
        const signed = await opened()
        const { deal } = signed
        const { phase, deadlineSec } = await creator.status(deal)
        assert.equal(phase, 'open')
        assert.ok(Math.abs(deadlineSec - (await creator.now()) - deal.submitWindow) <= 2)
        const result = resultOf(deal, 700n)
        const signature = await creator.signResult(result)
        const gains = await gain(() => provider.settle(deal, result, signature))
        assert.deepEqual(gains, [300n, 700n + deal.collateral])
        assert.equal((await provider.status(deal)).phase, 'closed')
      })

      it('default: open locks price and collateral', async () => {
        const signed = await sign(await terms())
        await world.creator.ensureFree(signed.deal.price)
        await world.provider.ensureFree(signed.deal.collateral)
        assert.deepEqual(await gain(() => world.provider.open(signed)), [-1_000n, -401n])
      })

      it('default: silence after submit accepts', async () => {
        const { provider, creator } = world
        const { deal } = await opened()
        const result = resultOf(deal)
        await provider.submit(deal, result)
        assert.equal((await creator.status(deal)).phase, 'submitted')
        await fails(provider.claim(deal, result), 'DealStateError')
        await world.pass(deal.reviewWindow + 1)
        await fails(provider.claim(deal, { ...result, charge: 1n }), 'DealStateError')
        assert.deepEqual(await gain(() => provider.claim(deal, result)), [0n, 1_401n])
      })

      it('default: the creator itself may pay for what was submitted', async () => {
        const { provider, creator } = world
        const { deal } = await opened()
        const result = resultOf(deal, 800n)
        await provider.submit(deal, result)
        const signature = await creator.signResult(result)
        assert.deepEqual(await gain(() => creator.settle(deal, result, signature)), [200n, 800n + deal.collateral])
      })

      it('default: the provider may bring another result that the creator signed', async () => {
        const { provider, creator } = world
        const { deal } = await opened()
        await provider.submit(deal, resultOf(deal))
        const result = resultOf(deal, 300n)
        const signature = await creator.signResult(result)
        assert.deepEqual(await gain(() => provider.settle(deal, result, signature)), [700n, 300n + deal.collateral])
      })

      it('default: silence before submit costs the collateral', async () => {
        const { deal } = await opened()
        await fails(world.creator.timeoutSubmit(deal), 'DealStateError')
        await world.pass(deal.submitWindow + 1)
        await fails(world.provider.submit(deal, resultOf(deal)), 'DealStateError')
        assert.deepEqual(await gain(() => world.creator.timeoutSubmit(deal)), [1_401n, 0n])
      })

      it('default: a provider that gives up pays a quarter', async () => {
        const { deal } = await opened()
        assert.deepEqual(await gain(() => world.provider.forfeit(deal)), [1_100n, 301n])
      })

      it('default: both agree on any end', async () => {
        const { creator, provider } = world
        const { deal } = await opened()
        const close = { deal: creator.dealId(deal), toProvider: 600n, expiry: (await creator.now()) + 500 }
        const signatures = { creator: await creator.signClose(close), provider: await provider.signClose(close) }
        assert.deepEqual(await gain(() => creator.close(deal, close, signatures)), [801n, 600n])
      })
    })

    describe('repeated calls', () => {
      it('behavior: every call can be made again after it succeeded', async () => {
        const { creator, provider } = world
        const signed = await opened()
        const { deal } = signed
        const result = resultOf(deal)
        await provider.open(signed)
        await provider.submit(deal, result)
        await provider.submit(deal, result)
        await provider.open(signed)
        const signature = await creator.signResult(result)
        await provider.settle(deal, result, signature)
        const again = async () => {
          await provider.settle(deal, result, signature)
          await creator.settle(deal, result, signature)
          await provider.open(signed)
        }
        assert.deepEqual(await gain(again), [0n, 0n])
      })

      it('behavior: the ends other than payment, too', async () => {
        const { creator, provider } = world
        const { deal: given } = await opened()
        await provider.forfeit(given)
        await provider.forfeit(given)
        const { deal: late } = await opened()
        await world.pass(late.submitWindow + 1)
        await creator.timeoutSubmit(late)
        await creator.timeoutSubmit(late)
        await creator.burn(9_999n)
        await creator.burn(9_999n)
      })

      it('behavior: the other party may record what happened', async () => {
        const { creator, provider } = world
        const signed = await opened()
        const { deal } = signed
        const result = resultOf(deal)
        const signature = await creator.signResult(result)
        assert.deepEqual(await gain(() => creator.open(signed)), [0n, 0n])
        await provider.settle(deal, result, signature)
        assert.deepEqual(await gain(() => creator.settle(deal, result, signature)), [0n, 0n])
      })

      it('behavior: two calls at once are one', async () => {
        const signed = await sign(await terms())
        await world.creator.ensureFree(5_000n)
        await world.provider.ensureFree(5_000n)
        const both = () =>
          Promise.all([world.provider.open(signed), world.provider.open(signed), world.provider.open(signed)])
        assert.deepEqual(await gain(both), [-1_000n, -401n])
      })

      it('error: another end than the one that happened', async () => {
        const { creator, provider } = world
        const { deal } = await opened()
        await provider.forfeit(deal)
        const result = resultOf(deal)
        await fails(provider.settle(deal, result, await creator.signResult(result)), 'DealStateError')
        await fails(provider.submit(deal, result), 'DealStateError')
      })
    })

    describe('refusals', () => {
      it('error: a signature of somebody else', async () => {
        const { creator, provider } = world
        const deal = await terms()
        const signature = await creator.signDeal(deal)
        const swapped = { deal, creatorSignature: signature, providerSignature: signature }
        await fails(provider.checkOpen(swapped), 'BadSignatureError')
        await fails(provider.open(swapped), 'BadSignatureError')
        const { deal: open } = await opened()
        const result = resultOf(open)
        await fails(provider.settle(open, result, await provider.signResult(result)), 'BadSignatureError')
      })

      it('error: a nonce that opened already or was burned', async () => {
        const { creator, provider } = world
        const { deal } = await opened()
        const other = await sign({ ...deal, price: 2n })
        await fails(provider.checkOpen(other), 'DealStateError')
        await fails(provider.open(other), 'DealStateError')
        await fails(creator.burn(deal.nonce), 'DealStateError')
        const revoked = await sign(await terms())
        await creator.burn(revoked.deal.nonce)
        await fails(provider.open(revoked), 'DealStateError')
      })

      it('error: opened too late', async () => {
        const signed = await sign(await terms({ openBefore: (await world.creator.now()) - 1 }))
        await fails(world.provider.open(signed), 'DealStateError')
      })

      it('error: a result of another deal, or above the price', async () => {
        const { creator, provider } = world
        const { deal } = await opened()
        const other = { ...resultOf(deal), deal: word('77') }
        await fails(provider.settle(deal, other, await creator.signResult(other)), 'DealStateError')
        const dear = resultOf(deal, deal.price + 1n)
        await fails(provider.settle(deal, dear, await creator.signResult(dear)), 'InvalidInputError')
      })

      it('error: a deal that never opened', async () => {
        const { creator, provider } = world
        const deal = await terms()
        const result = resultOf(deal)
        assert.deepEqual(await creator.status(deal), { phase: 'none', deadlineSec: 0 })
        await fails(provider.forfeit(deal), 'DealStateError')
        await fails(provider.submit(deal, result), 'DealStateError')
        await fails(provider.settle(deal, result, await creator.signResult(result)), 'DealStateError')
      })

      it('args: checkOpen passes what open takes', async () => {
        const signed = await sign(await terms())
        await world.creator.ensureFree(signed.deal.price)
        await world.provider.ensureFree(signed.deal.collateral)
        await world.provider.checkOpen(signed)
        await world.provider.open(signed)
      })
    })

    describe('balances', () => {
      it('default: deposit and withdraw move between wallet and free', async () => {
        const { creator } = world
        const before = await creator.balances()
        await creator.deposit(500n)
        const between = await creator.balances()
        assert.deepEqual([between.wallet, between.free], [before.wallet - 500n, before.free + 500n])
        await creator.withdraw(200n, creator.account)
        const after = await creator.balances()
        assert.deepEqual([after.wallet, after.free], [before.wallet - 300n, before.free + 300n])
      })
    })

    describe('events', () => {
      it('default: a party hears what happens to its deals, in order, from its own place on', async () => {
        const { creator, provider } = world
        const consumer = 'events-test'
        const { deal } = await opened()
        const result = resultOf(deal, 10n)
        await provider.submit(deal, result)
        await provider.settle(deal, result, await creator.signResult(result))
        const id = creator.dealId(deal)
        const heard = await take(creator, consumer, id, 3)
        assert.deepEqual(
          heard.map(({ kind }) => kind),
          ['opened', 'submitted', 'settled']
        )
        assert.deepEqual([heard[2]?.toProvider, heard[2]?.toCreator], [411n, 990n])
        // the one that was being handled when the consumer left comes again, nothing before it
        const [again] = await take(creator, consumer, id, 1)
        assert.equal(again?.kind, 'settled')
        const { deal: next } = await opened()
        const [later] = await take(creator, consumer, creator.dealId(next), 1)
        assert.equal(later?.kind, 'opened')
      })

      it('behavior: ends with the signal and with stop', async () => {
        const abort = new AbortController()
        const consume = async (options: { signal?: AbortSignal; consumer: string }) => {
          for await (const _ of world.provider.events(options));
        }
        const byStop = consume({ consumer: 'by-stop' })
        const bySignal = consume({ signal: abort.signal, consumer: 'by-signal' })
        abort.abort()
        await bySignal
        await world.provider.stop()
        await byStop
        await world.provider.start()
      })
    })

    it('behavior: start and stop are idempotent, and it works after a restart', async () => {
      await world.creator.start()
      await world.creator.stop()
      await world.creator.stop()
      await world.creator.start()
      await world.creator.start()
      const { deal } = await opened()
      assert.equal((await world.creator.status(deal)).phase, 'open')
    })
  })
}
