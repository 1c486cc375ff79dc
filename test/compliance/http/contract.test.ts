import assert from 'node:assert/strict'
import fc from 'fast-check'
import { API_PREFIX } from '../../../node/http/prefix.ts'
import { readMessages } from '../../../node/http/sse-reader.ts'
import { chainlessNetwork, member, type TestMember } from '../../support/deal/nodes.ts'
import { Cleanup, until } from '../../support/hosts.ts'
import { CASES, type World } from './cases.ts'
import { type Document, type Found, type Judge, judgeOf } from './document.ts'

/** Invalid requests for each operation: enough to meet every field, few enough for the suite. */
const RUNS = 12
const SEED = 6

interface Parts {
  params?: Record<string, unknown>
  query?: Record<string, unknown>
  body?: unknown
}
interface Answer {
  status: number
  type: string
  body: unknown
}

describe('http: the document against a real node', function () {
  this.timeout(60_000)
  const cleanup = new Cleanup()
  let node: TestMember['node']
  let document: Document
  let judge: Judge
  let world: World
  const found = (name: string): Found => {
    const operation = judge.operations.find(({ operation }) => operation.operationId === name)
    assert.ok(operation !== undefined, `${name} is not in the document`)
    return operation
  }

  before(async () => {
    const provider = await member(cleanup, 'provider', chainlessNetwork(), { engines: 'js' })
    const creator = await member(cleanup, 'creator', chainlessNetwork((await provider.node.api.info()).addrs))
    node = creator.node
    document = (await (await fetch(`${node.url}${API_PREFIX}/openapi.json`)).json()) as Document
    judge = judgeOf(document)
    await until(async () => (await node.api.offers()).length > 0)
    const { id } = await node.api.submit({
      spec: { engine: { js: { source: 'export default () => console.log(42)' } } }
    })
    await until(async () => (await node.api.job(id))?.state === 'done')
    const { deal = '' } = (await node.api.job(id)) ?? {}
    const upload = (await send(found('beginUpload'), {})).body as { id: string }
    world = { job: id, deal, upload: upload.id }
  })
  after(() => cleanup.run())

  async function send({ path, method, operation }: Found, { params = {}, query = {}, body }: Parts): Promise<Answer> {
    const at = path.replace(/\{(\w+)\}/g, (_whole, name) =>
      String(params[name])
        .split('/')
        .map(encodeURIComponent)
        .join(name === 'path' ? '/' : '%2F')
    )
    const search = new URLSearchParams(Object.entries(query).map(([k, v]): [string, string] => [k, String(v)]))
    const isBytes = body instanceof Blob
    const type = isBytes ? 'application/octet-stream' : 'application/json'
    const gone = new AbortController()
    const response = await fetch(`${node.url}${API_PREFIX}${at}?${search}`, {
      method: method.toUpperCase(),
      headers: { authorization: `Bearer ${node.token}`, ...(body === undefined ? {} : { 'content-type': type }) },
      signal: gone.signal,
      ...(body === undefined ? {} : { body: isBytes ? body : JSON.stringify(body) })
    })
    const media = response.headers.get('content-type') ?? ''
    if (media.startsWith('text/event-stream')) {
      const first = await firstMessage(response, operation.operationId)
      gone.abort()
      return { status: response.status, type: media, body: first }
    }
    const text = await response.text()
    return { status: response.status, type: media, body: /json/.test(media) ? JSON.parse(text) : text }
  }

  /** what the document has a schema for: the first message that is neither an end nor an error */
  async function firstMessage(response: Response, name: string): Promise<unknown> {
    for await (const { event, data } of readMessages(response.body)) {
      if (event === 'error') return (data as { name: string }).name
      if (event !== 'end') return data
    }
    throw new Error(`${name} ended without a message`)
  }

  it('behavior: every operation of the document has its case, and every case its operation', () => {
    assert.deepEqual(judge.operations.map(({ operation }) => operation.operationId).sort(), Object.keys(CASES).sort())
  })

  describe('default: a good request is answered as the document says', () => {
    for (const [name, { given, error }] of Object.entries(CASES)) {
      it(`args: ${name}${error === undefined ? '' : ` (${error})`}`, async () => {
        const operation = found(name)
        const parts = given(world) as Parts
        if (!(parts.body instanceof Blob) && parts.body !== undefined) assert.ok(judge.takes(operation, parts.body))
        const answer = await send(operation, parts)
        if (name === 'pushImage')
          return assert.match(String(answer.body), /^(ImageUnavailableError|EngineMissingError)$/)
        assert.equal(judge.wrong(operation, answer.status, answer.type, answer.body), undefined, nameOf(answer))
        if (error !== undefined) assert.equal((answer.body as { name: string }).name, error)
        else assert.ok(answer.status < 300, JSON.stringify(answer.body))
      })
    }
  })

  describe('error: what the document refuses, the node refuses, as the document says', () => {
    for (const name of Object.keys(CASES) as (keyof typeof CASES)[]) {
      it(`args: ${name}`, async () => {
        const operation = found(name)
        const good = CASES[name].given(world) as Parts
        const bad = badRequests(operation, good, judge)
        if (bad === undefined) return
        await fc.assert(
          fc.asyncProperty(bad, async parts => {
            const answer = await send(operation, parts)
            assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} for ${JSON.stringify(parts)}`)
            assert.equal(judge.wrong(operation, answer.status, answer.type, answer.body), undefined, nameOf(answer))
          }),
          { numRuns: RUNS, seed: SEED }
        )
      })
    }
  })

  it('error: a route that is not in the document is not there', async () => {
    for (const [method, path] of [
      ['GET', '/jobs/x/y/z'],
      ['POST', '/jobs'],
      ['PATCH', '/node'],
      ['GET', '/../api.json'],
      ['GET', '/wallet/keys']
    ]) {
      const headers = { authorization: `Bearer ${node.token}` }
      const response = await fetch(`${node.url}${API_PREFIX}${path}`, { method: method ?? '', headers })
      assert.equal(response.status, 404, `${method} ${path}`)
      assert.equal(((await response.json()) as { name: string }).name, 'NotFoundError')
    }
  })
})

/** Requests that differ from a good one in one place, where the document does not allow it. */
function badRequests({ path, method, operation }: Found, good: Parts, judge: Judge): fc.Arbitrary<Parts> | undefined {
  const kinds: fc.Arbitrary<Parts>[] = []
  const junk = fc.constantFrom('', '-1', '1.5', '1e3', 'x'.repeat(200), 'true ', '🙂', '%00', '99999999999999999999')
  for (const parameter of operation.parameters ?? []) {
    if (parameter.in === 'query' && ['integer', 'boolean'].includes(parameter.schema.type ?? '')) {
      kinds.push(junk.map(text => ({ ...good, query: { ...good.query, [parameter.name]: text } })))
    }
    if (parameter.in === 'path' && parameter.name !== 'path') {
      const text = fc.constantFrom('a b', 'x'.repeat(200), '🙂', '..', '\u0000', 'a\\b', 'é')
      kinds.push(text.map(value => ({ ...good, params: { ...good.params, [parameter.name]: value } })))
    }
  }
  // what is in no list is refused everywhere
  kinds.push(fc.constant({ ...good, query: { ...good.query, unheard: '1' } }))
  if (operation.requestBody?.content['application/json'] !== undefined) {
    const json = fc.jsonValue({ maxDepth: 2 })
    const whole = json.map(body => ({ ...good, body }))
    const keys = Object.keys(good.body as object)
    const field = fc
      .tuple(fc.constantFrom(...keys, 'unheard', '__proto__'), json)
      .map(([key, value]) => ({ ...good, body: { ...(good.body as object), ...Object.fromEntries([[key, value]]) } }))
    const fewer = fc.constantFrom(...keys).map(key => {
      const { [key]: _left, ...body } = good.body as Record<string, unknown>
      return { ...good, body }
    })
    kinds.push(fc.oneof(whole, field, fewer).filter(({ body }) => !judge.takes({ path, method, operation }, body)))
  }
  return kinds.length === 0 ? undefined : fc.oneof(...kinds)
}

const nameOf = ({ status, body }: Answer): string => `${status} ${(body as { name?: string }).name ?? ''}`
