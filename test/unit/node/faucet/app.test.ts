import assert from 'node:assert/strict'
import { request as plainRequest } from 'node:http'
import { FaucetLimitError } from '../../../../node/faucet/errors.ts'
import { type FaucetListener, faucetListener } from '../../../../node/faucet/listener.ts'
import type { AccountView, ClaimRequest, ClaimView, FaucetInfo } from '../../../../node/faucet/views.ts'

const ACCOUNT = `0x${'ab'.repeat(20)}`
const INFO: FaucetInfo = {
  network: { name: 'lab', chainId: 1 },
  contract: ACCOUNT,
  token: { symbol: 'DCN', decimals: 18 },
  coin: '1',
  tokens: '2',
  intervalSec: 60,
  perIp: 1,
  perDay: 1,
  leftToday: 1,
  isFilled: true,
  work: 0
}

/** The listener as it is, before a faucet that says what a test wants: the real one is in faucet.test.ts and the browser's tests. */
describe('faucet: page and API', () => {
  let listener: FaucetListener
  let claims: [ClaimRequest, string][]
  let fails: Error | undefined
  let now = 0
  const logged: unknown[] = []
  const make = (proxyHeader?: string) =>
    faucetListener('127.0.0.1:0', {
      proxyHeader,
      clock: { nowMs: () => now },
      onError: (_message, error) => logged.push(error),
      faucet: {
        info: async () => INFO,
        account: async (account): Promise<AccountView> => ({ account }),
        claim: async (request, net): Promise<ClaimView> => {
          claims.push([request, net])
          if (fails !== undefined) throw fails
          return { account: request.account, state: 'sent', coin: '1', tokens: '2' }
        }
      }
    })

  beforeEach(async () => {
    claims = []
    fails = undefined
    logged.length = 0
    listener = make()
    await listener.start()
  })
  afterEach(() => listener.stop())

  const get = (path: string, init: RequestInit = {}) => fetch(`${listener.url}${path}`, init)
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    get('/api/v1/faucet/claim', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body)
    })
  const problem = async (response: Response) => {
    assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/)
    const { name, field } = (await response.json()) as { name: string; field?: string }
    return [response.status, name, field]
  }

  it('default: the page is whole, asks nothing of others and runs nothing inline', async () => {
    const page = await get('/')
    const html = await page.text()
    assert.match(page.headers.get('content-type') ?? '', /^text\/html/)
    const policy = page.headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'none'/)
    assert.doesNotMatch(policy, /unsafe|http|\*/)
    assert.doesNotMatch(html, /https?:|\son\w+=|<style|style=|<script(?![^>]* src=)/)
    for (const [, file] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const found = await get(`/${file}`)
      assert.equal(found.status, 200, file)
      assert.equal(found.headers.get('x-content-type-options'), 'nosniff')
    }
    assert.match(await (await get('/solve.js')).text(), /onmessage/)
  })

  it('default: information, an account, a claim', async () => {
    assert.deepEqual(await (await get('/api/v1/faucet')).json(), INFO)
    const upper = ACCOUNT.replaceAll('a', 'A')
    assert.deepEqual(await (await get(`/api/v1/faucet/accounts/${upper}`)).json(), { account: ACCOUNT })
    const claimed = await post({ account: upper, challenge: 'c', answer: '1' })
    assert.equal(claimed.status, 202)
    assert.deepEqual(claims, [[{ account: ACCOUNT, challenge: 'c', answer: '1' }, '127.0.0.1']])
  })

  for (const [what, body, field] of [
    ['no account', {}, 'account'],
    ['an account that is none', { account: '0x12' }, 'account'],
    ['a number for an account', { account: 1 }, 'account'],
    ['an account with a line end', { account: `${ACCOUNT}\n` }, 'account'],
    ['a challenge that is too long', { account: ACCOUNT, challenge: 'x'.repeat(129) }, 'challenge'],
    ['an answer that is too long', { account: ACCOUNT, answer: '1'.repeat(17) }, 'answer'],
    ['a number for an answer', { account: ACCOUNT, answer: 1 }, 'answer'],
    ['an unknown key', { account: ACCOUNT, amount: '9' }, 'amount'],
    ['a list', [], 'claim'],
    ['no JSON', '{', 'request'],
    ['a prototype', '{"__proto__":{"account":"x"}}', 'request']
  ] as const) {
    it(`error: ${what}`, async () => {
      assert.deepEqual(await problem(await post(body)), [400, 'InvalidInputError', field])
      assert.deepEqual(claims, [])
    })
  }

  it('error: too large, of another type, another method, another path', async () => {
    assert.deepEqual((await problem(await post({ account: 'x'.repeat(4096) }))).slice(0, 2), [413, 'TooLargeError'])
    assert.equal((await post('x', { 'content-type': 'text/plain' })).status, 415)
    assert.equal((await get('/api/v1/faucet/claim')).status, 404)
    assert.equal((await get('/api/v1/node')).status, 404)
    assert.equal((await get('/..%2f..%2fpackage.json')).status, 404)
    assert.equal((await get('/api/v1/faucet/accounts/0x')).status, 400)
    assert.deepEqual(claims, [])
  })

  it('error: a page elsewhere cannot spend what its visitors may claim; its own can, behind a proxy too', async () => {
    const own = new URL(listener.url ?? '').host
    for (const origin of ['https://evil.example', 'null', `http://${own}.evil.example`]) {
      assert.deepEqual(await problem(await post({ account: ACCOUNT }, { origin })), [
        403,
        'ForbiddenOriginError',
        'origin'
      ])
    }
    assert.equal((await post({ account: ACCOUNT }, { origin: `http://${own}` })).status, 202)
    assert.equal((await post({ account: ACCOUNT }, { origin: `https://${own}` })).status, 202)
  })

  it('behavior: a refusal says when to come again', async () => {
    fails = new FaucetLimitError('ip', 'enough', { atMs: now + 90_000, limit: '1 a day' })
    const refused = await post({ account: ACCOUNT })
    assert.equal(refused.headers.get('retry-after'), '90')
    const told = (await refused.json()) as Record<string, unknown>
    assert.deepEqual([refused.status, told['name'], told['value']], [429, 'FaucetLimitError', now + 90_000])
  })

  it('behavior: of a bug nothing is told but that it is one', async () => {
    fails = new TypeError('secret')
    const response = await post({ account: ACCOUNT })
    assert.equal(response.status, 500)
    assert.doesNotMatch(await response.text(), /secret/)
    assert.deepEqual(logged, [fails])
  })

  it('behavior: who asks too often waits, and others do not', async () => {
    const statuses = await Promise.all(Array.from({ length: 105 }, () => get('/api/v1/faucet').then(r => r.status)))
    assert.equal(statuses.filter(status => status === 200).length, 100)
    assert.equal(statuses.filter(status => status === 429).length, 5)
    now += 1000
    assert.equal((await get('/api/v1/faucet')).status, 200)
  })

  it('behavior: what a header says of the sender counts only where it is configured', async () => {
    await post({ account: ACCOUNT }, { 'x-real-ip': '9.9.9.9' })
    assert.equal(claims[0]?.[1], '127.0.0.1')
    await listener.stop()
    listener = make('x-real-ip')
    await listener.start()
    await post({ account: ACCOUNT }, { 'x-real-ip': '1.1.1.1, 9.9.9.9' })
    assert.equal(claims[1]?.[1], '9.9.9.9')
    assert.equal((await post({ account: ACCOUNT })).status, 400)
  })

  it('behavior: it can start again after stop; a taken address is told', async () => {
    const { url = '' } = listener
    const other = faucetListener(new URL(url).host, {
      proxyHeader: undefined,
      clock: { nowMs: () => 0 },
      onError: () => undefined,
      faucet: { info: async () => INFO, account: async account => ({ account }), claim: () => Promise.reject() }
    })
    await assert.rejects(other.start(), { name: 'ListenError', field: 'faucet.listen' })
    await listener.stop()
    await other.start()
    assert.equal(other.url, url)
    await other.stop()
    await listener.start()
    assert.equal((await get('/')).status, 200)
  })

  it('error: a name in Host that points here from elsewhere gets the same public page and nothing more', async () => {
    const { hostname, port } = new URL(listener.url ?? '')
    const status = await new Promise(resolve => {
      const headers = { host: 'rebound.example' }
      plainRequest({ hostname, port, path: '/api/v1/wallet', headers }, answer => {
        answer.resume()
        resolve(answer.statusCode)
      }).end()
    })
    assert.equal(status, 404)
  })
})
