import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApiServer, apiServer } from '../../../../node/http/server.ts'
import { type MemoryApi, memoryApi } from './memory-api.ts'

const SPEC = { engine: { js: { source: '1' } } }
const JSON_TYPE = { 'content-type': 'application/json' }
const BYTES_TYPE = { 'content-type': 'application/octet-stream' }

describe('http/server', () => {
  let dataDir: string
  let api: MemoryApi
  let server: ApiServer
  let problems: string[]

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'dcn-http-'))
    api = memoryApi()
    problems = []
    const init = {
      dataDir,
      uploads: { maxBytes: 1000, maxFiles: 3, maxUploads: 2 },
      maxStreams: 2,
      onError: (m: string) => problems.push(m)
    }
    server = apiServer(init)({ api })
    await server.start()
  })
  afterEach(async () => {
    await server.stop()
    api.hub.close()
    rmSync(dataDir, { recursive: true, force: true })
  })

  const url = (path: string): string => `${server.url}/api/v1${path}`
  async function call(method: string, path: string, init: RequestInit = {}): Promise<{ status: number; body: Body }> {
    const headers = { authorization: `Bearer ${server.token}`, ...(init.headers as Record<string, string> | undefined) }
    const response = await fetch(url(path), { ...init, method, headers })
    const text = await response.text()
    return { status: response.status, body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : { text } }
  }
  const put = (spec: unknown) => call('PUT', '/jobs', { body: JSON.stringify({ spec }), headers: JSON_TYPE })
  /** as typed: fetch would tidy the path and set its own Host */
  async function raw(path: string, headers: OutgoingHttpHeaders = {}, method = 'GET', body = ''): Promise<number> {
    const { hostname, port } = new URL(server.url ?? '')
    const authorization = `Bearer ${server.token}`
    const req = httpRequest({ hostname, port, path, method, headers: { authorization, ...headers } })
    req.end(body)
    const [response] = await once(req, 'response')
    response.resume()
    return response.statusCode
  }

  it('default: submits, lists and shows a job', async () => {
    const { status, body } = await put(SPEC)
    assert.equal(status, 201)
    assert.equal(body.state, 'matching')
    assert.equal((await call('GET', `/jobs/${body.id}`)).body.id, body.id)
    const list = (await call('GET', '/jobs?limit=1')).body as unknown as Body[]
    assert.deepEqual(
      list.map(j => j.id),
      [body.id]
    )
    assert.equal((await call('GET', `/jobs/${body.id}/why`)).body.summary, 'no offer fits')
    assert.equal((await call('DELETE', `/jobs/${body.id}`)).body.state, 'cancelled')
  })

  it('default: every read route answers', async () => {
    for (const path of ['/node', '/offers', '/peers', '/deals', '/wallet']) {
      assert.equal((await call('GET', path)).status, 200, path)
    }
    const rank = await call('POST', '/rank', { body: JSON.stringify({ spec: SPEC }), headers: JSON_TYPE })
    assert.equal(rank.body['spec'], 'bafyspec')
  })

  it('default: api.json tells the owner alone, and goes with the server', async () => {
    const path = join(dataDir, 'api.json')
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), { url: server.url, token: server.token, pid: process.pid })
    await server.stop()
    await server.stop()
    assert.equal(existsSync(path), false)
  })

  it('behavior: can start again after stop', async () => {
    await server.stop()
    await server.start()
    await server.start()
    assert.equal((await call('GET', '/node')).status, 200)
  })

  it('error: no token, a wrong one, a longer one', async () => {
    for (const authorization of ['', 'Bearer x', `Bearer ${server.token}x`, `Basic ${server.token}`]) {
      const { status, body } = await call('GET', '/node', { headers: { authorization } })
      assert.equal(status, 401)
      assert.equal(body.name, 'UnauthorizedError')
    }
    assert.equal((await fetch(url('/nothing'))).status, 401)
    assert.equal((await fetch(url('/health'))).status, 200)
  })

  it('error: a host name that was made to point here, a foreign origin', async () => {
    assert.equal(await raw('/api/v1/node', { host: 'evil.example' }), 403)
    assert.equal(await raw('/api/v1/health', { host: 'evil.example:80' }), 403)
    assert.equal(await raw('/api/v1/node', { origin: 'http://evil.example' }), 403)
    assert.equal(await raw('/api/v1/node', { origin: 'null' }), 403)
    assert.equal(await raw('/api/v1/node', { origin: server.url, host: new URL(server.url ?? '').host }), 200)
    assert.equal(await raw('/api/v1/node', { host: 'localhost:1' }), 200)
    assert.equal(await raw('/api/v1/node', { host: '[::1]' }), 200)
  })

  it('error: problem documents say what is wrong', async () => {
    const missing = await call('GET', '/jobs/none')
    assert.equal(missing.status, 404)
    assert.equal(missing.body.name, 'JobNotFoundError')
    assert.equal(missing.body.type, '/api/v1/errors#JobNotFoundError')
    assert.equal(missing.body.title, 'Job not found')
    assert.ok(missing.body.remedy)
    const bad = await put({})
    assert.equal(bad.status, 400)
    assert.equal(bad.body.field, 'engine')
    assert.equal((await call('GET', '/nothing')).body.name, 'NotFoundError')
  })

  it('error: bodies that are too large, no JSON, of another type or of another shape', async () => {
    const large = await put({ engine: 'x'.repeat(600_000) })
    assert.equal(large.status, 413)
    assert.equal(large.body.name, 'TooLargeError')
    assert.equal((await call('PUT', '/jobs', { body: '{', headers: JSON_TYPE })).status, 400)
    assert.equal((await call('PUT', '/jobs', { body: 'x', headers: { 'content-type': 'text/plain' } })).status, 415)
    for (const body of [
      '[]',
      'null',
      '{"spec":1}',
      '{"spec":{},"bid":-1}',
      '{"spec":{},"x":1}',
      '{"spec":{"__proto__":1}}'
    ]) {
      const { status, body: answer } = await call('PUT', '/jobs', { body, headers: JSON_TYPE })
      assert.equal(status, 400, body)
      assert.equal(answer.name, 'InvalidInputError')
    }
    for (const query of ['limit=0', 'limit=x', 'limit=1&limit=2', 'state=lost', 'y=1']) {
      assert.equal((await call('GET', `/jobs?${query}`)).status, 400, query)
    }
  })

  it('error: a bug of the node shows nothing of itself', async () => {
    api.info = () => Promise.reject(new TypeError('secret path /home'))
    const { status, body } = await call('GET', '/node')
    assert.equal(status, 500)
    assert.equal(body.name, 'InternalError')
    assert.ok(!JSON.stringify(body).includes('secret'))
    assert.equal(problems.length, 1)
  })

  it('default: wallet', async () => {
    const post = (path: string, body: unknown) => call('POST', path, { body: JSON.stringify(body), headers: JSON_TYPE })
    assert.equal((await post('/wallet/deposit', { amount: '5' })).status, 200)
    assert.equal((await call('GET', '/wallet')).body['free'], '5000005')
    const to = `0x${'AB'.repeat(20)}`
    assert.equal((await post('/wallet/withdraw', { amount: '9000000', to })).status, 402)
    for (const amount of ['1.5', '-1', '01', '1e3', 5])
      assert.equal((await post('/wallet/deposit', { amount })).status, 400)
    assert.equal((await post('/wallet/withdraw', { amount: '1', to: '0x1' })).status, 400)
  })

  it('default: history of the wallet', async () => {
    const amounts = async (query = '') => {
      const { body } = await call('GET', `/wallet/history${query}`)
      return (body['movements'] as { amount: string }[]).map(({ amount }) => amount)
    }
    assert.deepEqual(await amounts(), ['5000000', '-1500'])
    assert.deepEqual(await amounts('?limit=1'), ['-1500'])
    assert.deepEqual(await amounts('?since=1001'), ['-1500'])
    for (const query of ['limit=0', 'limit=1001', 'limit=-1', 'since=yesterday', 'before=1']) {
      assert.equal((await call('GET', `/wallet/history?${query}`)).status, 400, query)
    }
  })

  it('default: result files, byte for byte', async () => {
    const { body } = await put(SPEC)
    api.file(String(body.id), 'outputs/a b.txt', 'hello')
    const files = (await call('GET', `/jobs/${body.id}/results`)).body
    assert.deepEqual(files, [{ path: 'outputs/a b.txt', sizeBytes: 5 }])
    assert.equal((await call('GET', `/jobs/${body.id}/files/outputs/a%20b.txt`)).body.text, 'hello')
    assert.equal((await call('GET', `/jobs/${body.id}/files/nope`)).body.name, 'ResultNotFoundError')
  })

  it('error: paths that lead out', async () => {
    const { body } = await put(SPEC)
    const upload = (await call('POST', '/uploads')).body.id
    for (const path of [
      '../x',
      '..%2fx',
      '%2e%2e/x',
      'a/../../x',
      '/etc/passwd',
      '%2fetc',
      'a%00b',
      'a%5c..%5cb',
      'C:%5cx',
      ''
    ]) {
      assert.ok((await raw(`/api/v1/jobs/${body.id}/files/${path}`)) >= 400, path)
      assert.ok((await raw(`/api/v1/uploads/${upload}/files/${path}`, BYTES_TYPE, 'PUT', 'x')) >= 400, path)
    }
    assert.equal(await raw('/api/v1/jobs/%zz'), 400)
    assert.deepEqual(readdirSync(join(dataDir, 'uploads', String(upload))), [])
  })

  it('default: an upload becomes one CID', async () => {
    const { id } = (await call('POST', '/uploads')).body
    const send = (path: string, body: string) =>
      call('PUT', `/uploads/${id}/files/${path}`, { body, headers: BYTES_TYPE })
    assert.equal((await send('a.txt', 'one')).body['sizeBytes'], 3)
    assert.equal((await send('d/empty', '')).status, 201)
    assert.equal((await send('a.txt', 'two')).status, 409)
    const commit = { body: '{}', headers: JSON_TYPE }
    const { body } = await call('POST', `/uploads/${id}/commit`, commit)
    assert.deepEqual(api.uploaded.get(String(body['cid'])), { 'a.txt': 'one', 'd/empty': '' })
    assert.equal((await call('POST', `/uploads/${id}/commit`, commit)).status, 404)
    assert.deepEqual(readdirSync(join(dataDir, 'uploads')), [])
  })

  it('error: uploads over their limits leave nothing behind', async () => {
    const { id } = (await call('POST', '/uploads')).body
    const send = (path: string, body: string) =>
      call('PUT', `/uploads/${id}/files/${path}`, { body, headers: BYTES_TYPE })
    const large = await send('big', 'x'.repeat(1001))
    assert.equal(large.status, 413)
    assert.deepEqual(readdirSync(join(dataDir, 'uploads', String(id))), [])
    assert.equal((await send('1', 'x'.repeat(600))).status, 201)
    assert.equal((await send('2', 'x'.repeat(600))).status, 413)
    assert.equal((await send('2', 'x')).status, 201)
    assert.equal((await send('3', 'x')).status, 201)
    assert.equal((await send('4', 'x')).status, 413)
    await call('POST', '/uploads')
    assert.equal((await call('POST', '/uploads')).body.name, 'BusyError')
    assert.equal((await call('PUT', `/uploads/${id}/files/5`, { body: '{}', headers: JSON_TYPE })).status, 400)
  })

  it('behavior: what an earlier process left in the staging directory is removed', async () => {
    await server.stop()
    assert.equal(existsSync(join(dataDir, 'uploads')), false)
    writeFileSync(join(dataDir, 'uploads'), 'old')
    await server.start()
    assert.deepEqual(readdirSync(join(dataDir, 'uploads')), [])
  })

  it('default: stop', async () => {
    assert.equal((await call('POST', '/stop')).status, 202)
    assert.equal(api.stopped, 1)
  })

  it('error: an address in use', async () => {
    const port = Number(new URL(server.url ?? '').port)
    const second = apiServer({ dataDir: join(dataDir, 'b'), port })({ api })
    await assert.rejects(second.start(), { name: 'ListenError' })
    assert.equal(second.url, undefined)
  })
})

interface Body {
  [key: string]: unknown
  id?: string
  name?: string
  field?: string
  type?: string
  title?: string
  remedy?: string
  state?: string
  summary?: string
  text?: string
}
