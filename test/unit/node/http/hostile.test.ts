import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { operationList } from '../../../../node/http/operations/index.ts'
import { type ApiServer, apiServer } from '../../../../node/http/server.ts'
import { type MemoryApi, memoryApi } from './memory-api.ts'

interface Answer {
  status: number
  name: string | undefined
  headers: IncomingMessage['headers']
}

describe('http: hostile requests', () => {
  let dataDir: string
  let api: MemoryApi
  let server: ApiServer
  let id: string

  before(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'dcn-hostile-'))
    api = memoryApi()
    server = apiServer({ dataDir, arrival: { headersMs: 60, bodyMs: 60, checkMs: 10 } })({ api })
    await server.start()
    id = (await api.submit({ spec: { engine: { js: {} } } })).id
  })
  after(async () => {
    await server.stop()
    api.hub.close()
    rmSync(dataDir, { recursive: true, force: true })
  })

  /** as typed: fetch would tidy the path and set headers of its own */
  async function ask(method: string, path: string, headers: OutgoingHttpHeaders = {}, body?: string): Promise<Answer> {
    const { hostname, port } = new URL(server.url ?? '')
    const req = httpRequest({ hostname, port, path: `/api/v1${path}`, method, headers })
    req.end(body)
    const [response] = (await once(req, 'response')) as [IncomingMessage]
    let text = ''
    for await (const chunk of response) text += chunk
    const json = text.startsWith('{') ? (JSON.parse(text) as { name?: string }) : {}
    return { status: response.statusCode ?? 0, name: json.name, headers: response.headers }
  }
  const owner = (more: OutgoingHttpHeaders = {}) => ({ authorization: `Bearer ${server.token}`, ...more })
  /** bytes as they are, and all that comes back until the connection ends */
  async function raw(...parts: string[]): Promise<string> {
    const { hostname, port } = new URL(server.url ?? '')
    const socket = connect(Number(port), hostname)
    socket.on('error', () => undefined)
    for (const part of parts) socket.write(part)
    let text = ''
    socket.on('data', chunk => {
      text += chunk
    })
    await once(socket, 'close')
    return text
  }
  const HEAD = 'host: 127.0.0.1\r\n'

  describe('error: every route without its token', () => {
    for (const [name, { method, path, open }] of operationList) {
      const at = path.replace(/\{\w+\*?\}/g, '1')
      it(`args: ${name}`, async () => {
        const attempts: [string, OutgoingHttpHeaders][] = [
          [at, {}],
          [at, { authorization: 'Bearer wrong' }],
          [at, { authorization: `Basic ${server.token}` }],
          [at, { cookie: `token=${server.token}` }],
          [`${at}?token=${server.token}&access_token=${server.token}`, {}]
        ]
        for (const [target, headers] of attempts) {
          const { status } = await ask(method, target, headers)
          if (open === true) assert.notEqual(status, 401)
          else assert.equal(status, 401, JSON.stringify(headers))
        }
        // by a name that was made to point here, by another site: with or without the token
        for (const headers of [{ host: 'evil.example' }, { origin: 'http://evil.example' }, { origin: 'null' }]) {
          assert.equal((await ask(method, at, owner(headers))).status, 403, JSON.stringify(headers))
        }
      })
    }
  })

  it('error: what a page of another site can send without being asked first', async () => {
    const types = ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain']
    for (const type of types) {
      for (const [method, path] of [
        ['POST', '/stop'],
        ['POST', '/wallet/deposit'],
        ['POST', '/uploads']
      ] as const) {
        // no-cors: neither token nor preflight, Origin as the browser sets it
        assert.equal((await ask(method, path, { origin: 'null', 'content-type': type }, '{}')).status, 403)
        assert.equal((await ask(method, path, { 'content-type': type }, '{}')).status, 401)
        assert.equal((await ask(method, path, owner({ 'content-type': type }), 'amount=1')).status, 415)
      }
    }
    assert.equal(api.stopped, 0)
  })

  it('error: a preflight allows nothing', async () => {
    const headers = { origin: 'http://evil.example', 'access-control-request-method': 'PUT' }
    const { status, headers: answered } = await ask('OPTIONS', '/jobs', headers)
    assert.equal(status, 403)
    assert.deepEqual(
      Object.keys(answered).filter(name => name.startsWith('access-control')),
      []
    )
  })

  it('args: HEAD, and methods that a route has not', async () => {
    assert.equal((await ask('HEAD', `/jobs/${id}`, owner())).status, 200)
    assert.equal((await ask('HEAD', `/jobs/${id}`)).status, 401)
    for (const path of ['/events', `/jobs/${id}/logs`]) assert.equal((await ask('HEAD', path, owner())).status, 404)
    for (const method of ['OPTIONS', 'PATCH', 'POST', 'TRACE'])
      assert.equal((await ask(method, `/jobs/${id}`, owner())).status, 404)
  })

  it('error: bodies over the limit, declared and not, and such as unfold', async () => {
    const json = owner({ 'content-type': 'application/json' })
    const large = JSON.stringify({ spec: { engine: 'x'.repeat(600_000) } })
    assert.equal((await ask('PUT', '/jobs', json, large)).name, 'TooLargeError')
    const chunked = await ask('PUT', '/jobs', { ...json, 'transfer-encoding': 'chunked' }, large)
    assert.equal(chunked.name, 'TooLargeError')
    // declared and never sent: refused at once
    const declared = await raw(
      `PUT /api/v1/jobs HTTP/1.1\r\n${HEAD}authorization: Bearer ${server.token}\r\n`,
      'content-type: application/json\r\ncontent-length: 999999999\r\n\r\n{'
    )
    assert.match(declared, /^HTTP\/1\.1 413 /)
    for (const encoding of ['gzip', 'br']) {
      assert.ok((await ask('PUT', '/jobs', { ...json, 'content-encoding': encoding }, '\x1f\x8b')).status >= 400)
    }
    const deep = `{"spec":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_001)}`
    assert.equal((await ask('PUT', '/jobs', json, deep)).status, 400)
  })

  it('error: a body that never ends, a head that never ends', async () => {
    const slowBody = await raw(
      `PUT /api/v1/jobs HTTP/1.1\r\n${HEAD}authorization: Bearer ${server.token}\r\n`,
      'content-type: application/json\r\ncontent-length: 100\r\n\r\n{'
    )
    assert.match(slowBody, /^HTTP\/1\.1 408 [\s\S]*SlowRequestError/)
    assert.match(await raw(`GET /api/v1/node HTTP/1.1\r\n${HEAD}x-slow: `), /^HTTP\/1\.1 408 [\s\S]*SlowRequestError/)
    // without the token nobody waits for the body at all
    const stranger = await raw(`PUT /api/v1/jobs HTTP/1.1\r\n${HEAD}content-length: 100\r\n\r\n{`)
    assert.match(stranger, /^HTTP\/1\.1 401 [\s\S]*connection: close/i)
  })

  it('error: too many headers, and bytes that two readers read in two ways', async () => {
    const many = await raw(`GET /api/v1/health HTTP/1.1\r\n${HEAD}x: ${'y'.repeat(20_000)}\r\n\r\n`)
    assert.match(many, /^HTTP\/1\.1 431 [\s\S]*TooLargeError/)
    const start = `POST /api/v1/stop HTTP/1.1\r\n${HEAD}authorization: Bearer ${server.token}\r\n`
    const smuggled = `GET /api/v1/health HTTP/1.1\r\n${HEAD}\r\n`
    const cases = {
      'both lengths': `${start}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
      'two lengths': `${start}content-length: 0\r\ncontent-length: 40\r\n\r\n${smuggled}`,
      'a length with a sign': `${start}content-length: +4\r\n\r\n`,
      'an odd coding': `${start}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`,
      'chunked before another': `${start}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
      'a space before the colon': `${start}content-length : 4\r\n\r\n`,
      'a folded line': `${start}x: a\r\n b\r\n\r\n`,
      'line feeds alone': `POST /api/v1/stop HTTP/1.1\nhost: 127.0.0.1\n\n`,
      'a chunk size that is none': `${start}transfer-encoding: chunked\r\n\r\n-1\r\n\r\n`,
      'no host': 'GET /api/v1/health HTTP/1.1\r\n\r\n',
      'another protocol': '\x16\x03\x01\x02\x00\x01\x00'
    }
    for (const [title, bytes] of Object.entries(cases)) {
      const answer = await raw(bytes)
      const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(m => Number(m[1]))
      assert.ok(statuses.length <= 1 && statuses.every(s => s >= 400), `${title}: ${statuses}`)
    }
    assert.equal(api.stopped, 0)
  })

  it('error: paths that lead out, in every spelling', async () => {
    const upload = await ask('POST', '/uploads', owner())
    assert.equal(upload.status, 201)
    const [dir = ''] = readdirSync(join(dataDir, 'uploads'))
    const paths = [
      '../../api.json',
      '..%2f..%2fapi.json',
      '%2e%2e/%2e%2e/api.json',
      '%2e%2e%2f%2e%2e%2fapi.json',
      '%252e%252e%252fapi.json/../..',
      'a/%2e%2e/%2e%2e/x',
      '..%5c..%5capi.json',
      '%c0%ae%c0%ae/x',
      '%ff%fe',
      'a%00.txt',
      'a%0d%0ab',
      '%2fetc%2fpasswd',
      '//etc/passwd',
      'C:%5cwindows',
      '.',
      'a//b',
      `${'x'.repeat(256)}`,
      'a/'.repeat(65)
    ]
    for (const path of paths) {
      const sent = await ask(
        'PUT',
        `/uploads/${dir}/files/${path}`,
        owner({ 'content-type': 'application/octet-stream' }),
        'x'
      )
      assert.ok(sent.status >= 400 && sent.status < 500, `upload ${path}: ${sent.status}`)
      const got = await ask('GET', `/jobs/${id}/files/${path}`, owner())
      assert.ok(got.status >= 400 && got.status < 500, `file ${path}: ${got.status}`)
    }
    assert.deepEqual(readdirSync(join(dataDir, 'uploads', dir)), [])
  })

  it('behavior: a new start has a new token; the old one is worth nothing', async () => {
    const other = apiServer({ dataDir: join(dataDir, 'other') })({ api })
    await other.start()
    try {
      assert.notEqual(other.token, server.token)
      const headers = { authorization: `Bearer ${server.token}` }
      assert.equal((await fetch(`${other.url}/api/v1/node`, { headers })).status, 401)
    } finally {
      await other.stop()
    }
  })
})
