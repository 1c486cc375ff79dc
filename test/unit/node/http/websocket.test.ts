import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ClientOptions, WebSocket } from 'ws'
import { type ApiServer, apiServer } from '../../../../node/http/server.ts'
import { CLOSE, SUBPROTOCOL, TOKEN_SUBPROTOCOL } from '../../../../node/http/subprotocol.ts'
import { type MemoryApi, memoryApi } from './memory-api.ts'

describe('http/websocket', () => {
  let dataDir: string
  let api: MemoryApi
  let server: ApiServer
  let id: string

  async function start(limits = {}): Promise<void> {
    server = apiServer({ dataDir, ...limits })({ api })
    await server.start()
  }
  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'dcn-ws-'))
    api = memoryApi()
    id = (await api.submit({ spec: { engine: { js: {} } } })).id
  })
  afterEach(async () => {
    await server.stop()
    api.hub.close()
    rmSync(dataDir, { recursive: true, force: true })
  })

  const offer = (token: string) => [SUBPROTOCOL, `${TOKEN_SUBPROTOCOL}${Buffer.from(token).toString('base64url')}`]
  function open(path: string, protocols: string[] = offer(server.token), options: ClientOptions = {}): WebSocket {
    return new WebSocket(`${server.url?.replace('http', 'ws')}/api/v1${path}`, protocols, options)
  }
  /** the answer that came instead of a socket */
  async function refused(socket: WebSocket): Promise<{ status: number; name: string; type: string }> {
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
    let text = ''
    for await (const chunk of response) text += chunk
    const type = String(response.headers['content-type'])
    return { status: response.statusCode ?? 0, name: (JSON.parse(text) as { name: string }).name, type }
  }
  async function closed(socket: WebSocket): Promise<number> {
    const [code] = await once(socket, 'close')
    return code as number
  }

  it('default: messages with their numbers, then a plain end; the token is not said back', async () => {
    await start()
    api.log(id, 'stdout', 'a')
    api.move(id, 'done')
    const socket = open(`/jobs/${id}/logs`)
    const messages: { id?: number; event: string; data: { text?: string } }[] = []
    socket.on('message', data => messages.push(JSON.parse(String(data))))
    assert.equal(await closed(socket), CLOSE.end)
    assert.equal(socket.protocol, SUBPROTOCOL)
    assert.deepEqual(
      messages.map(m => [m.id, m.event, m.data.text]),
      [
        [0, 'log', 'a'],
        [undefined, 'end', undefined]
      ]
    )
  })

  it('default: a header does for programs', async () => {
    await start()
    const headers = { authorization: `Bearer ${server.token}` }
    const socket = open('/events', [], { headers })
    await once(socket, 'open')
    const message = once(socket, 'message')
    api.move(id, 'agreed')
    assert.match(String((await message)[0]), /"event":"job"/)
    socket.close()
  })

  it('error: what guards a route guards its socket', async () => {
    await start()
    const path = '/events'
    const cases: [WebSocket, number, string][] = [
      [open(path, []), 401, 'UnauthorizedError'],
      [open(path, offer('wrong')), 401, 'UnauthorizedError'],
      [open(path, [SUBPROTOCOL]), 401, 'UnauthorizedError'],
      [open(`${path}?token=${server.token}`, [SUBPROTOCOL]), 401, 'UnauthorizedError'],
      [open(path, offer(server.token), { origin: 'http://evil.example' }), 403, 'ForbiddenOriginError'],
      [open(path, offer(server.token), { origin: 'null' }), 403, 'ForbiddenOriginError'],
      [open(path, offer(server.token), { headers: { host: 'evil.example' } }), 403, 'ForbiddenOriginError'],
      [open('/jobs/none/logs'), 404, 'JobNotFoundError'],
      [open('/events?after=x'), 400, 'InvalidInputError'],
      [open('/node'), 400, 'InvalidInputError'],
      [open('/nothing'), 404, 'NotFoundError']
    ]
    for (const [socket, status, name] of cases) {
      assert.deepEqual(await refused(socket), { status, name, type: 'application/problem+json; charset=utf-8' })
    }
  })

  it('error: a token among the protocols is none of an ordinary request', async () => {
    await start()
    const headers = { 'sec-websocket-protocol': offer(server.token).join(', ') }
    assert.equal((await fetch(`${server.url}/api/v1/node`, { headers })).status, 401)
  })

  it('error: too many streams, of both kinds together', async () => {
    await start({ maxStreams: 1 })
    const socket = open('/events')
    await once(socket, 'open')
    assert.equal((await refused(open('/events'))).name, 'BusyError')
    const headers = { authorization: `Bearer ${server.token}` }
    assert.equal((await fetch(`${server.url}/api/v1/events`, { headers })).status, 429)
    socket.close()
  })

  it('error: a failure in mid-stream comes with its name, then the socket is closed', async () => {
    await start()
    api.logs = async function* fail() {
      yield { seq: 0, at: 1, stream: 'stdout', bytes: Buffer.from('a') }
      throw new RangeError('a bug')
    }
    const socket = open(`/jobs/${id}/logs`)
    const names: string[] = []
    socket.on('message', data => names.push((JSON.parse(String(data)) as { data: { name: string } }).data.name))
    assert.equal(await closed(socket), CLOSE.failed)
    assert.equal(names.at(-1), 'InternalError')
  })

  it('error: callers have nothing to say, least of all much', async () => {
    await start()
    const talker = open('/events')
    await once(talker, 'open')
    talker.send('hello')
    assert.equal(await closed(talker), CLOSE.unsupported)
    const shouter = open('/events')
    await once(shouter, 'open')
    shouter.send('x'.repeat(10_000))
    assert.equal(await closed(shouter), 1009)
  })

  it('behavior: who answers no ping has gone', async () => {
    await start({ heartbeatMs: 5 })
    const socket = open('/events', offer(server.token), { autoPong: false })
    assert.equal(await closed(socket), 1006)
  })

  it('behavior: a reader that takes nothing is cut off with a code, and its place is free', async () => {
    await start({ stallMs: 20, maxStreams: 1 })
    api.logs = async function* flood() {
      for (let seq = 0; ; seq++) yield { seq, at: 1, stream: 'stdout', bytes: Buffer.alloc(60_000, 120) }
    }
    const socket = open(`/jobs/${id}/logs`)
    await once(socket, 'open')
    socket.pause()
    await freePlace()
    socket.resume()
    // the code when it still reads, a cut connection when it does not
    assert.ok([CLOSE.tooSlow, 1006].includes(await closed(socket)))
  })

  it('behavior: the same over server-sent events', async () => {
    await start({ stallMs: 20, maxStreams: 1 })
    api.logs = async function* flood() {
      for (let seq = 0; ; seq++) yield { seq, at: 1, stream: 'stdout', bytes: Buffer.alloc(60_000, 120) }
    }
    const headers = { authorization: `Bearer ${server.token}` }
    const { body } = await fetch(`${server.url}/api/v1/jobs/${id}/logs`, { headers })
    await freePlace()
    await body?.cancel().catch(() => undefined)
  })

  it('behavior: a node that stops says so and waits for nobody', async () => {
    await start()
    const socket = open('/events')
    await once(socket, 'open')
    const code = closed(socket)
    await server.stop()
    assert.equal(await code, CLOSE.stopping)
  })

  /** until the only place for a stream is free again */
  async function freePlace(): Promise<void> {
    const headers = { authorization: `Bearer ${server.token}` }
    for (;;) {
      const { status, body } = await fetch(`${server.url}/api/v1/events`, { headers })
      await body?.cancel()
      if (status === 200) return
      await new Promise(resolve => setImmediate(resolve))
    }
  }
})
