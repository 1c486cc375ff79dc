import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { rpcOverHttp } from '../../../../../../node/settlement/evm/rpc/http.ts'

const CALL = { method: 'eth_chainId', params: [] }

describe('evm rpc: over HTTP', () => {
  let server: Server
  let answer: (id: number, request: IncomingMessage, response: ServerResponse) => void
  beforeEach(async () => {
    server = createServer(async (request, response) => {
      const { id } = JSON.parse(await text(request)) as { id: number }
      answer(id, request, response)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  const url = (rest = '') => `http://127.0.0.1:${(server.address() as AddressInfo).port}${rest}`
  const reply = (status: number, body: object, headers: Record<string, string> = {}) => {
    answer = (id, _request, response) =>
      void response.writeHead(status, headers).end(JSON.stringify({ jsonrpc: '2.0', id, ...body }))
  }
  const ask = (method = 'eth_chainId') => rpcOverHttp(url(), { ...CALL, method }, 10_000)

  it('default: the result, null included', async () => {
    reply(200, { result: '0x1' })
    assert.equal(await ask(), '0x1')
    reply(200, { result: null })
    assert.equal(await ask(), null)
  })

  it('default: what the chain refuses, whatever the HTTP status', async () => {
    for (const status of [200, 400]) {
      reply(status, { error: { code: 3, message: 'execution reverted', data: '0x1234' } })
      await assert.rejects(ask(), { name: 'RpcRequestError', code: 3, data: '0x1234' })
    }
  })

  it('default: name and password of an address are sent as such', async () => {
    let seen: string | undefined
    answer = (id, { headers }, response) => {
      seen = headers.authorization
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result: '0x1' }))
    }
    await rpcOverHttp(url().replace('//', '//me:s%3Acret@'), CALL, 10_000)
    assert.equal(seen, `Basic ${Buffer.from('me:s:cret').toString('base64')}`)
  })

  it('error: a limited rate, by status, code or words, with the pause that is asked for', async () => {
    reply(429, {}, { 'retry-after': '7' })
    await assert.rejects(ask(), { kind: 'rate-limited', retryAfterMs: 7_000 })
    reply(429, {}, { 'retry-after': '86400' })
    await assert.rejects(ask(), { kind: 'rate-limited', retryAfterMs: 60_000 })
    for (const error of [
      { code: -32005, message: 'limit exceeded' },
      { code: -32000, message: 'Too Many Requests' }
    ]) {
      reply(200, { error })
      await assert.rejects(ask(), { kind: 'rate-limited', retryAfterMs: undefined })
    }
  })

  it('behavior: too many logs are no limited rate', async () => {
    reply(200, { error: { code: -32005, message: 'query returned more than 10000 results' } })
    await assert.rejects(ask('eth_getLogs'), { name: 'RpcRequestError', code: -32005 })
  })

  it('error: the answer to another question, an empty one, a status, another place', async () => {
    reply(200, { id: 0, result: '0x1' })
    await assert.rejects(ask(), { kind: 'garbage' })
    reply(200, {})
    await assert.rejects(ask(), { kind: 'garbage' })
    reply(401, {})
    await assert.rejects(ask(), { kind: 'http', message: /401/ })
    reply(302, {}, { location: 'http://127.0.0.1:1/' })
    await assert.rejects(ask(), { kind: 'unreachable' })
  })

  it('error: an address that is none', async () => {
    for (const bad of ['ws://127.0.0.1', 'nowhere', 'http://']) {
      await assert.rejects(rpcOverHttp(bad, CALL, 10_000), { kind: 'unreachable' })
    }
  })
})
