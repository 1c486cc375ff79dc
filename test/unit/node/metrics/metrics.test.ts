import assert from 'node:assert/strict'
import { get } from 'node:http'
import type { NodeStatus, WalletView } from '../../../../node/http/views.ts'
import { metricsListener } from '../../../../node/metrics/listener.ts'
import { METRICS_TYPE, Metrics } from '../../../../node/metrics/metrics.ts'
import { METRICS } from '../../../../node/metrics/rows.ts'
import type { MetricSources } from '../../../../node/metrics/sources.ts'
import { Tally } from '../../../../node/metrics/tally.ts'
import { memoryApi } from '../http/memory-api.ts'

describe('metrics', () => {
  let nowMs: number
  let looks: number
  let sources: MetricSources
  let status: NodeStatus
  const clock = { nowMs: () => nowMs }

  beforeEach(async () => {
    const api = memoryApi()
    api.busy = 2
    nowMs = 1_000_000
    looks = 0
    status = await api.status()
    sources = {
      async status() {
        looks++
        return status
      },
      readiness: async () => ({
        ready: false,
        checks: [
          { name: 'disk', ok: false },
          { name: 'peers', ok: true }
        ]
      }),
      wallet: () => api.wallet(),
      network: 'lab "quoted"\n',
      tally: new Tally(),
      decimals: 6,
      gossip: { accept: 3, ignore: 2, reject: 1 },
      sync: { sessions: 4, failures: 1, received: 10, sent: 20 },
      car: { received: 5, sent: 6 },
      jobsInBook: () => 7
    }
  })

  const lines = async (metrics = new Metrics(sources, clock)) =>
    (await metrics.text()).split('\n').filter(line => line.startsWith('dcn_'))

  it('default: what a node does, as numbers', async () => {
    const found = await lines()
    for (const line of [
      'dcn_provider_deals_running{engine="js",phase="running"} 2',
      'dcn_provider_open 1',
      'dcn_provider_free{resource="cpu_cores"} 4',
      'dcn_node_ready_check{check="disk"} 0',
      'dcn_creator_jobs{state="matching"} 2',
      'dcn_gossip_messages_total{verdict="rejected"} 1',
      'dcn_sync_facts_total{direction="sent"} 20',
      'dcn_market_facts{kind="jobs"} 7',
      'dcn_money_balance_tokens{place="wallet"} 7',
      'dcn_chain_up 1',
      'dcn_car_bytes_total{direction="received"} 5'
    ]) {
      assert.ok(found.includes(line), `${line} in\n${found.join('\n')}`)
    }
    assert.ok(found.some(line => line.includes('network="lab \\"quoted\\"\\n"')))
    assert.equal(looks, 1)
  })

  it('behavior: what a node does not have is not there', async () => {
    const { provider: _none, chain: _gone, ...rest } = status
    status = rest
    sources.wallet = async () => undefined
    const found = await lines()
    assert.deepEqual(
      found.filter(line => /^dcn_(provider_(open|free)|chain|money_(balance|gas)|mediator)/.test(line)),
      []
    )
    assert.ok(found.includes('dcn_money_earned_tokens_total 0'))
  })

  it('behavior: counters grow, and a scrape shows them once', async () => {
    const tally = new Tally()
    const metrics = new Metrics({ ...sources, tally }, clock)
    const needs = { engine: 'js' } as never
    const deal = { dealId: '0x01', phase: 'settled', needs, end: { toProvider: 2_500_000n } } as const
    tally.deal({ ...deal, end: undefined, phase: 'running' } as never)
    for (let i = 0; i < 2; i++) tally.deal(deal as never)
    tally.job({ id: 'j1', engine: 'js', state: 'running' }, 0n)
    for (let i = 0; i < 2; i++) tally.job({ id: 'j1', engine: 'js', state: 'done' }, 500_000n)
    for (let i = 0; i < 2; i++) {
      const found = await lines(metrics)
      assert.ok(found.includes('dcn_provider_deals_ended_total{engine="js",end="settled"} 1'))
      assert.ok(found.includes('dcn_creator_jobs_ended_total{engine="js",state="done"} 1'))
      assert.ok(found.includes('dcn_money_earned_tokens_total 2.5'))
      assert.ok(found.includes('dcn_money_spent_tokens_total 0.5'))
    }
  })

  it('behavior: the chain is asked for balances once in 15 s', async () => {
    let asked = 0
    const wallet = async (): Promise<WalletView | undefined> => {
      asked++
      return undefined
    }
    const metrics = new Metrics({ ...sources, wallet }, clock)
    for (const ms of [0, 14_999, 1]) {
      nowMs += ms
      await metrics.text()
    }
    assert.equal(asked, 2)
  })

  it('behavior: two nodes of a process have numbers of their own', async () => {
    const other = new Metrics({ ...sources, jobsInBook: () => 8 }, clock)
    assert.ok((await lines(other)).includes('dcn_market_facts{kind="jobs"} 8'))
    assert.ok((await lines()).includes('dcn_market_facts{kind="jobs"} 7'))
  })

  it('default: names say component, thing and unit', () => {
    for (const { name, help } of METRICS) {
      assert.match(name, /^dcn_[a-z]+(_[a-z]+)+$/)
      assert.ok(help.length > 5 && !help.endsWith('.'), name)
    }
    assert.equal(new Set(METRICS.map(({ name }) => name)).size, METRICS.length)
  })

  describe('listener', () => {
    it('default: serves the metrics and nothing else, and can start again', async () => {
      const listener = metricsListener('127.0.0.1:0', { text: async () => 'dcn_x 1\n' })
      for (let i = 0; i < 2; i++) {
        await listener.start()
        const { url } = listener
        assert.ok(url !== undefined)
        const response = await fetch(url)
        assert.deepEqual([response.status, await response.text()], [200, 'dcn_x 1\n'])
        assert.equal(response.headers.get('content-type'), METRICS_TYPE)
        assert.equal((await fetch(url, { method: 'POST' })).status, 405)
        assert.equal((await fetch(url.replace('/metrics', '/api/v1/node'))).status, 404)
        await listener.stop()
        assert.equal(listener.url, undefined)
      }
    })

    it('error: a page whose name was made to point at this host', async () => {
      const listener = metricsListener('127.0.0.1:0', { text: async () => 'dcn_money_balance_tokens 1\n' })
      await listener.start()
      const { port } = new URL(listener.url ?? '')
      const ask = (host: string) =>
        new Promise<number | undefined>((resolve, reject) => {
          const asked = get({ host: '127.0.0.1', port, path: '/metrics', headers: { host } }, answer => {
            answer.resume()
            resolve(answer.statusCode)
          })
          asked.once('error', reject)
        })
      assert.deepEqual([await ask(`evil.example:${port}`), await ask(`localhost:${port}`)], [403, 200])
      await listener.stop()
    })

    it('error: an address that is taken', async () => {
      const first = metricsListener('127.0.0.1:0', { text: async () => '' })
      await first.start()
      const { port } = new URL(first.url ?? '')
      await assert.rejects(metricsListener(`127.0.0.1:${port}`, { text: async () => '' }).start(), {
        name: 'ListenError'
      })
      await first.stop()
    })

    it('error: a bug is a status, not a hanging scrape', async () => {
      const listener = metricsListener('127.0.0.1:0', { text: () => Promise.reject(new Error('bug')) })
      await listener.start()
      assert.equal((await fetch(listener.url ?? '')).status, 500)
      await listener.stop()
    })
  })
})
