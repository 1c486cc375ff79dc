import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { type CheckComponents, readinessChecks } from '../../../../node/health/checks.ts'
import { type Check, Readiness } from '../../../../node/health/readiness.ts'
import { UserError } from '../../../../protocols/common/errors.ts'

const NOW_MS = 1_800_000_000_000

describe('health/readiness', () => {
  let nowMs: number
  const clock = { nowMs: () => nowMs }
  beforeEach(() => {
    nowMs = NOW_MS
  })

  it('default: ready when every check says nothing; what fails is told by name', async () => {
    assert.deepEqual(await new Readiness({ disk: () => undefined }, clock).look(), {
      ready: true,
      checks: [{ name: 'disk', ok: true }]
    })
    const checks: Record<string, Check> = {
      disk: () => 'full',
      chain: () => Promise.reject(new Error('down')),
      peers: () => undefined
    }
    assert.deepEqual(await new Readiness(checks, clock).look(), {
      ready: false,
      checks: [
        { name: 'disk', ok: false, reason: 'full' },
        { name: 'chain', ok: false, reason: 'down' },
        { name: 'peers', ok: true }
      ]
    })
  })

  it('behavior: many probes are one look in two seconds', async () => {
    let looks = 0
    const readiness = new Readiness({ disk: () => void looks++ }, clock)
    await Promise.all([readiness.look(), readiness.look()])
    nowMs += 1_999
    await readiness.look()
    assert.equal(looks, 1)
    nowMs += 1
    await readiness.look()
    assert.equal(looks, 2)
  })

  describe('checks', () => {
    const look = async (changes: Partial<CheckComponents>): Promise<string[]> => {
      const components: CheckComponents = {
        config: { dataDir: tmpdir(), roles: ['provider'] },
        journal: { setValue: () => undefined },
        settlement: { kind: 'evm', now: async () => NOW_MS / 1000 },
        reports: [{ available: true }],
        clock,
        isDevChain: false,
        peers: () => 1,
        expectsPeers: () => true,
        ...changes
      }
      const { checks } = await new Readiness(readinessChecks(components), clock).look()
      return checks.filter(({ ok }) => !ok).map(({ name }) => name)
    }
    const old = { kind: 'evm', now: async () => NOW_MS / 1000 - 3600 } as const

    for (const [title, changes, failed] of [
      ['all is well', {}, []],
      [
        'a disk that cannot be written',
        {
          journal: {
            setValue: () => {
              throw new UserError('DiskFullError', 'x')
            }
          }
        },
        ['journal']
      ],
      ['a data directory that is gone', { config: { dataDir: '/nowhere', roles: ['provider'] } }, ['disk']],
      ['a chain that stands', { settlement: old }, ['chain']],
      ['a development chain that nobody uses', { settlement: old, isDevChain: true }, []],
      ['a chain that is away', { settlement: { kind: 'evm', now: () => Promise.reject(new Error('x')) } }, ['chain']],
      ['no chain', { settlement: { kind: 'none', now: () => Promise.reject(new Error('x')) } }, []],
      ['no engine', { reports: [{ available: false }] }, ['engines']],
      ['no engine of a relay', { reports: [], config: { dataDir: tmpdir(), roles: ['relay'] } }, []],
      ['nobody there', { peers: () => 0 }, ['peers']],
      ['nobody there yet', { peers: () => 0, expectsPeers: () => false }, []]
    ] as [string, Partial<CheckComponents>, string[]][]) {
      it(`behavior: ${title}`, async () => assert.deepEqual(await look(changes), failed))
    }
  })
})
