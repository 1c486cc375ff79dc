import assert from 'node:assert/strict'
import { policyOf } from '../../../../node/cli/verify-policy.ts'
import {
  candidatesLine,
  pricesLine,
  pricesOf,
  repeatNote,
  tellFewProviders,
  type Way,
  waysFor
} from '../../../../node/cli/verify-price.ts'
import type { SubmitRequest } from '../../../../node/http/views.ts'

const TOKEN = { symbol: 'DCN', decimals: 3 }
const ALL: Way[] = ['spot', 'replicas', 'committee']
const line = (asks: bigint[], policy: unknown, open: Way[]) => pricesLine(pricesOf(asks, policy, { open }), TOKEN)

describe('cli: what checking costs', () => {
  const CASES: [string, bigint[], unknown, Way[], string][] = [
    [
      'none, with all others',
      [1000n, 2000n, 3000n],
      'none',
      ALL,
      'about 1 DCN with --verify none; spot:5% 1.1 DCN on average; replicas:3 6 DCN; committee:3 1 DCN (a dispute costs extra)'
    ],
    [
      'a spot check is paid at the second price',
      [1000n, 2000n],
      { spot: '50%' },
      ALL,
      'about 2 DCN with --verify spot:50% on average'
    ],
    ['one provider alone', [1000n], { spot: '10%' }, ALL, 'about 1.1 DCN with --verify spot:10% on average'],
    ['too few for replicas', [1000n], { replicas: { n: 2 } }, ALL, '--verify replicas:2 needs 2 providers, fewer'],
    ['nobody', [], 'none', ALL, '--verify none needs 1 provider, fewer are there'],
    ['what cannot be repeated', [1000n], 'none', [], 'about 1 DCN with --verify none\n'],
    ['a container', [1n, 2n, 3n], 'none', ['replicas'], 'about 0.001 DCN with --verify none; replicas:3 0.006 DCN\n'],
    [
      'replicas of a container',
      [1n, 2n, 3n],
      { replicas: { n: 2 } },
      ['replicas'],
      'about 0.003 DCN with --verify replicas:2; none 0.001 DCN\n'
    ]
  ]
  for (const [what, asks, policy, open, said] of CASES) {
    it(`default: ${what}`, () => {
      const found = line(asks, policy, open)
        .replace(' on average with', ' with')
        .replace(/^price {5}/, '')
      assert.ok(found.startsWith(said.replace(/ on average$/, '')), found)
    })
  }

  const LIMITS: [string, bigint[], unknown, Parameters<typeof pricesOf>[2], string][] = [
    [
      'a spot check may cost the bid twice',
      [1000n, 2000n],
      { spot: '5%' },
      { open: ALL, bid: 2500n },
      'about 1.1 DCN on average with --verify spot:5%, 3 DCN if it is checked, at most 5 DCN, as --bid is for each run; none 1 DCN;'
    ],
    [
      'replicas may cost it as often as they are, and as they are replaced',
      [1000n, 2000n, 3000n],
      { replicas: { n: 3 } },
      { open: ALL, bid: 3000n },
      'about 6 DCN with --verify replicas:3, at most 18 DCN, as --bid is for each run; none'
    ],
    [
      'without a bid what it comes to if it is checked',
      [1000n, 2000n],
      { spot: '50%' },
      { open: ALL },
      'about 2 DCN on average with --verify spot:50%, 3 DCN if it is checked; none'
    ],
    [
      'this node is not paid for looking',
      [1000n],
      { spot: '50%' },
      { open: ALL, isCheckedHere: true, bid: 2000n },
      'about 1 DCN checked by this node with --verify spot:50%; none'
    ],
    ['one run costs one bid', [1000n], 'none', { open: [], bid: 2000n }, 'about 1 DCN with --verify none\n']
  ]
  for (const [what, asks, policy, limits, said] of LIMITS) {
    it(`behavior: ${what}`, () => {
      const found = pricesLine(pricesOf(asks, policy, limits), TOKEN)
      assert.ok(found.startsWith(`price     ${said}`), found)
    })
  }

  it('default: of 18 decimals the first four digits are shown, rounded up, and of whole tokens all', () => {
    const token = { symbol: 'DCN', decimals: 18 }
    const text = (units: bigint): string => pricesLine(pricesOf([units], 'none', { open: [] }), token)
    assert.match(text(1_100_234_567_890_123n), /about 0\.001101 DCN with/)
    assert.match(text(123_456_789_012_345_678_901_234n), /about 123457 DCN with/)
    assert.match(text(7n), /about 0\.000000000000000007 DCN with/)
    assert.match(text(10n ** 18n), /about 1 DCN with/)
  })

  it('default: how many could run it, and who is first', () => {
    const [a, b] = ['a1', 'b2'].map(byte => `0x${byte.repeat(20)}`) as [string, string]
    assert.match(candidatesLine([b, a]), /^offers {4}2 providers could run it, first in line 0xb2.*b2\n$/)
    assert.match(candidatesLine([a]), /1 provider could/)
    assert.match(candidatesLine([]), /no provider could run it now/)
  })

  it('behavior: the ways that are open to a job are those that its rules let through', () => {
    const docker = { docker: { image: 'debian:12' } }
    for (const engine of [{ js: {} }, { wasm: {} }]) assert.deepEqual(waysFor({ engine }), ALL)
    assert.deepEqual(waysFor({ engine: docker }), ['replicas'])
    const closed = [
      { engine: docker, network: 'full' },
      { engine: docker, network: { allow: ['a.org:80'] } },
      { engine: docker, resources: { gpus: 1 } },
      { engine: { noop: {} } },
      {}
    ]
    for (const spec of closed) assert.deepEqual(waysFor(spec), [])
  })

  it('behavior: replicas of a container come with a warning, other jobs do not', () => {
    const replicas = { policy: { replicas: { n: 3, min: 2 } } }
    const docker = { docker: { image: 'debian:12' } }
    assert.match(repeatNote({ engine: docker, verify: replicas }) ?? '', /^note: [\s\S]*same bytes[\s\S]*is paid/)
    for (const verify of [{ policy: 'none' }, {}, undefined]) {
      assert.equal(repeatNote({ engine: docker, verify }), undefined)
    }
    assert.equal(repeatNote({ engine: { js: {} }, verify: replicas }), undefined)
  })

  it('behavior: fewer providers than replicas come with a warning, each account once and as the job lets them', async () => {
    const accounts = ['0xAA', '0xbb', '0xbb', '0xcc']
    const rank = async () => ({
      spec: 'bafy',
      candidates: accounts.map((account, i) => ({ rank: i, offer: `o${i}`, account, ask: '1', priceClass: 1 })),
      refused: [],
      counts: []
    })
    const warning = (n: number | undefined, constraints?: SubmitRequest['constraints']) => {
      const verify = { policy: n === undefined ? 'none' : { replicas: { n } } }
      return tellFewProviders({ spec: { verify }, ...(constraints && { constraints }) }, { rank }, {})
    }
    assert.match((await warning(5)) ?? '', /^warning: 5 replicas are wanted, and 3 providers could run one now/)
    assert.match((await warning(3, { deny: ['0xaa'] })) ?? '', /and 2 providers could/)
    assert.match((await warning(2, { target: '0xBB' })) ?? '', /and 1 provider could/)
    assert.equal(await warning(3), undefined)
    assert.equal(await warning(undefined), undefined)
  })

  it('default: the words of --verify', () => {
    const words = ['none', 'spot:5%', 'spot:0.1%', 'replicas:3', 'replicas:5/4', 'committee', 'committee:3']
    assert.deepEqual(words.map(policyOf), [
      'none',
      { spot: '5%' },
      { spot: '0.1%' },
      { replicas: { n: 3 } },
      { replicas: { n: 5, min: 4 } },
      { committee: 3 },
      { committee: 3 }
    ])
  })

  for (const wrong of ['', 'maybe', 'none:1', 'spot', 'spot:', 'spot:5', 'spot:0%', 'spot:101%', 'replicas:1']) {
    it(`error: --verify ${wrong}`, () => {
      assert.throws(() => policyOf(wrong), { name: 'InvalidInputError', field: 'verify' })
    })
  }
  for (const wrong of ['replicas:16', 'replicas:3/2/1', 'committee:5', 'committee:x', 'constructor', 'spot=5%']) {
    it(`error: --verify ${wrong}`, () => {
      assert.throws(() => policyOf(wrong), { name: 'InvalidInputError', field: 'verify' })
    })
  }
})
