import assert from 'node:assert/strict'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import type { Messenger } from '../../../../../node/components.ts'
import { askKeys } from '../../../../../node/roles/seal/ask-key.ts'
import { isDrawn } from '../../../../../node/roles/seal/drawn.ts'
import { KeyRing } from '../../../../../node/roles/seal/key-ring.ts'
import { SealBrokenError } from '../../../../../node/sealing/index.ts'
import type { Court } from '../../../../../node/settlement/court.ts'
import { lower, signBind, verifyBind } from '../../../../../node/settlement/typed-data.ts'
import { toHex } from '../../../../../protocols/common/values.ts'
import { decodeRequest, encodeReply, type Reply } from '../../../../../protocols/deal/messages.ts'
import type { Standing } from '../../../../../protocols/mediation/types.ts'
import { peerIdText } from '../../../../../protocols/offers/peer-key.ts'
import { word } from '../../../../support/deal/builders.ts'

const DEAL = word(1)
const NOW_SEC = 1_000
const judge = privateKeyToAccount(generatePrivateKey())
const peerKey = toHex(new Uint8Array(32).fill(7))
const peer = peerIdText(peerKey)
const bindOf = (changes: Partial<Parameters<typeof signBind>[1]> = {}, account = judge) =>
  signBind(account, {
    network: 'lab',
    account: lower(account.address),
    peerKey,
    from: 0,
    until: 2 * NOW_SEC,
    ...changes
  })

describe('roles/seal: who gives the key', () => {
  const answering = (replies: Record<string, Reply | Error>): Pick<Messenger, 'request'> => ({
    async request({ peer: to }, _protocol, bytes) {
      const request = decodeRequest(bytes)
      assert.ok(request.type === 'key' && request.deal === DEAL)
      const reply = replies[to] ?? new Error('nobody there')
      if (reply instanceof Error) throw reply
      return encodeReply(reply)
    }
  })
  const targets = ['gone', 'stranger', 'liar', 'owner'].map(name => ({ peer: name, addrs: [] }))

  it('default: everybody is asked in turn, and every key that comes is tried', async () => {
    const messenger = answering({
      stranger: { type: 'status', step: 'unknown' },
      liar: { type: 'key', key: 'wrong' },
      owner: { type: 'key', key: 'right' }
    })
    const tried: string[] = []
    const ring = new KeyRing(askKeys({ messenger, bind: () => bindOf() })(DEAL, targets))
    const open = async (key: string) => {
      tried.push(key)
      if (key !== 'right') throw new SealBrokenError(new Error('no'))
    }
    await ring.open(open)
    await ring.open(open)
    assert.deepEqual(tried, ['wrong', 'right', 'right'])
  })

  it('error: nobody gives one, or none of them opens it', async () => {
    const ask = (replies: Record<string, Reply>) =>
      new KeyRing(askKeys({ messenger: answering(replies), bind: () => bindOf() })(DEAL, targets))
    const broken = async () => {
      throw new SealBrokenError(new Error('no'))
    }
    await assert.rejects(ask({}).open(broken), { name: 'SealKeyUnavailableError' })
    await assert.rejects(ask({ liar: { type: 'key', key: 'x' } }).open(broken), { name: 'SealKeyUnavailableError' })
  })

  it('error: what is wrong with something else is no reason for another key', async () => {
    const messenger = answering({ liar: { type: 'key', key: 'x' }, owner: { type: 'key', key: 'y' } })
    let tries = 0
    const full = async () => {
      tries++
      throw Object.assign(new Error('disk full'), { code: 'ENOSPC' })
    }
    await assert.rejects(new KeyRing(askKeys({ messenger, bind: () => bindOf() })(DEAL, targets)).open(full), /full/)
    assert.equal(tries, 1)
  })
})

describe('roles/seal: who is a drawn judge', () => {
  const asked: string[] = []
  const court = (standing: Standing | undefined): Pick<Court, 'dispute'> => ({
    async dispute(deal) {
      asked.push(deal)
      if (standing === undefined) return undefined
      const members = [{ index: 0, seat: 0, owner: lower(judge.address), round: 0, standing }]
      return { members } as unknown as Awaited<ReturnType<Court['dispute']>>
    }
  })
  const check = (standing: Standing | undefined = 'drawn') =>
    isDrawn({
      network: 'lab',
      settlement: { court: court(standing) as Court },
      clock: { nowMs: () => NOW_SEC * 1000 },
      verifyBind
    })

  it('default: the account that was drawn, from the peer that it is bound to', async () => {
    assert.equal(await check()(DEAL, peer, await bindOf()), true)
    assert.equal(await check('committed')(DEAL, peer, await bindOf()), true)
  })

  it('error: everybody else, and nobody makes this node ask the chain without a Bind of an account', async () => {
    const stranger = privateKeyToAccount(generatePrivateKey())
    assert.equal(await check('declined')(DEAL, peer, await bindOf()), false)
    assert.equal(await check()(DEAL, peer, await bindOf({}, stranger)), false)
    const none = isDrawn({ network: 'lab', settlement: { court: undefined }, clock: { nowMs: () => 0 }, verifyBind })
    assert.equal(await none(DEAL, peer, await bindOf()), false)
    asked.length = 0
    const other = peerIdText(toHex(new Uint8Array(32).fill(8)))
    assert.equal(await check()(DEAL, other, await bindOf()), false)
    assert.equal(await check()(DEAL, peer, await bindOf({ network: 'other' })), false)
    const forged = { ...(await bindOf({}, stranger)), account: lower(judge.address) }
    assert.equal(await check()(DEAL, peer, forged), false)
    await assert.rejects(check()(DEAL, peer, await bindOf({ until: 1 })), { name: 'FactTimeError' })
    assert.deepEqual(asked, [])
  })
})
