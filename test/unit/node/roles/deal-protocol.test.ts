import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Host } from '../../../../node/network/host.ts'
import { libp2pMessenger } from '../../../../node/network/messenger.ts'
import { serveDeals, serveLogs } from '../../../../node/roles/deal-protocol.ts'
import { LogStore } from '../../../../node/roles/log-store.ts'
import { UserError } from '../../../../protocols/common/errors.ts'
import {
  DEAL_LIMITS,
  DEAL_PROTOCOL,
  decodeReply,
  encodeRequest,
  type Request
} from '../../../../protocols/deal/messages.ts'
import {
  decodeLogsReply,
  encodeLogsRequest,
  LOGS_PROTOCOL,
  LOGS_REPLY_MAX_BYTES
} from '../../../../protocols/logs/messages.ts'
import { word } from '../../../support/deal/builders.ts'
import { Cleanup, until } from '../../../support/hosts.ts'

const CLOCK = { nowMs: () => Date.now() }
const DEAL = word(1)
const STATUS: Request = { type: 'status', deal: DEAL }

describe('roles/deal-protocol', function () {
  this.timeout(20_000)
  const cleanup = new Cleanup()
  let server: Host
  let client: Host
  let log: LogStore
  const messengers: ReturnType<typeof libp2pMessenger>[] = []

  before(async () => {
    server = await cleanup.host()
    client = await cleanup.host()
    messengers.push(libp2pMessenger(server, CLOCK), libp2pMessenger(client, CLOCK))
    log = new LogStore(join(await cleanup.dir(), 'log'), DEAL)
    cleanup.add(async () => log.close())
    const [serving] = messengers
    if (serving === undefined) return
    const creator = async (request: Request) => (request.type === 'failed' ? ({ type: 'ok' } as const) : undefined)
    const provider = async (request: Request, peer: string) => {
      if (request.type === 'cancel') throw new UserError('SomeError', 'the disk is full')
      const isKnown = peer === client.peerId.toString()
      return request.type === 'status'
        ? ({ type: 'status', step: isKnown ? 'running' : 'unknown' } as const)
        : undefined
    }
    await serveDeals(serving, [creator, provider])
    await serveLogs(serving, deal => (deal === DEAL ? log : undefined))
  })
  after(() => cleanup.run())

  const send = (protocol: string, message: Uint8Array) => {
    const target = { peer: server.peerId.toString(), addrs: server.dialableAddrs() }
    const limits = { maxReplyBytes: Math.max(DEAL_LIMITS.replyBytes, LOGS_REPLY_MAX_BYTES), timeoutMs: 5_000 }
    const [, asking] = messengers
    assert.ok(asking !== undefined)
    return asking.request(target, protocol, message, limits)
  }
  const ask = async (request: Request) => decodeReply(await send(DEAL_PROTOCOL, encodeRequest(request)))
  const strikes = () => server.penalties.score(client.peerId.toString())

  it('default: each role answers what is meant for it, and knows who asks', async () => {
    assert.deepEqual(await ask(STATUS), { type: 'status', step: 'running' })
    assert.deepEqual(await ask({ type: 'failed', deal: DEAL, reason: 'x' }), { type: 'ok' })
  })

  it('error: what no role takes, and trouble of our own, end the stream and are not held against the peer', async () => {
    await assert.rejects(ask({ type: 'reject', deal: DEAL, reason: 'x' }), { name: 'StreamFailedError' })
    await assert.rejects(ask({ type: 'cancel', deal: DEAL }), { name: 'StreamFailedError' })
    assert.equal(strikes(), 0)
  })

  it('default: logs from a chunk on; a reader waits for output', async () => {
    const logs = async (from: number, waitMs: number, deal = DEAL) =>
      decodeLogsReply(await send(LOGS_PROTOCOL, encodeLogsRequest({ deal, from, waitMs })))
    const waiting = logs(0, 10_000)
    log.append('stdout', new TextEncoder().encode('hello'))
    const { chunks, done } = await waiting
    assert.deepEqual([chunks.length, chunks[0]?.seq, done], [1, 0, false])
    assert.deepEqual(await logs(1, 1), { chunks: [], done: false })
    log.end()
    assert.equal((await logs(0, 10_000)).done, true)
    assert.deepEqual(await logs(0, 10_000, word(2)), { chunks: [], done: true })
  })

  it('error: a peer that sends garbage is struck, once for each', async () => {
    const garbage = [Uint8Array.of(0xff), new Uint8Array(DEAL_LIMITS.requestBytes + 1), Uint8Array.of(0xa0)]
    for (const bytes of garbage) await assert.rejects(send(DEAL_PROTOCOL, bytes), { name: 'StreamFailedError' })
    await until(() => strikes() < 0)
    const afterDeals = strikes()
    await assert.rejects(send(LOGS_PROTOCOL, Uint8Array.of(0x00)), { name: 'StreamFailedError' })
    await until(() => strikes() < afterDeals)
    assert.deepEqual(await ask(STATUS), { type: 'status', step: 'running' })
  })
})
