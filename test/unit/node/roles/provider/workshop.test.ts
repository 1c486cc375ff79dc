import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '../../../../../node/engines/engine.ts'
import { noopEngine } from '../../../../../node/engines/noop.ts'
import { jobPaths } from '../../../../../node/roles/provider/job-files.ts'
import { Workshop, type WorkshopComponents } from '../../../../../node/roles/provider/workshop.ts'
import type { AskKeys } from '../../../../../node/roles/seal/ask-key.ts'
import { newSealKey, SealKeyUnavailableError } from '../../../../../node/sealing/index.ts'
import type { ProviderState } from '../../../../../protocols/deal/provider-machine.ts'
import { encodeSpec } from '../../../../../protocols/job/encode-spec.ts'
import { leaf } from '../../../../support/data/trees.ts'
import { account, providerStart, toyRun } from '../../../../support/deal/builders.ts'
import { noopSpec } from '../../../../support/deal/proposal.ts'

/** Longer than any test waits: only a cancel ends it. */
const LONG = noopSpec({ engine: { noop: { exitCode: 0, ms: 600_000 } }, timeoutMs: 600_000 })
const state: ProviderState = providerStart({ spec: encodeSpec(LONG).bytes }).state

describe('roles/provider/workshop', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-workshop-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  /** A job without inputs needs nothing of the store but to keep the specification. */
  const workshop = (engine: Engine = noopEngine(), askKeys?: AskKeys) =>
    new Workshop({ workDir: dir, maxInputBytes: 1 }, {
      account: account(1),
      engines: new Map([['noop', engine]]),
      storage: { putBlock: async () => undefined, pin: async () => undefined },
      clock: { nowMs: () => 1 },
      askKeys
    } as unknown as WorkshopComponents)

  it('behavior: a result is pinned and not announced while others may have the same job', async () => {
    const pins: unknown[][] = []
    const { cid } = leaf('anything')
    const imported = async () => ({ cid, sizeBytes: 1, files: 1 })
    const shop = new Workshop({ workDir: dir, maxInputBytes: 1 }, {
      account: account(1),
      engines: new Map([['noop', noopEngine()]]),
      storage: {
        importBytes: imported,
        importPath: imported,
        makeDirectory: async () => cid,
        putBlock: async () => undefined,
        pin: async (...pin: unknown[]) => void pins.push(pin)
      },
      settlement: { signResult: async () => '0x' },
      clock: { nowMs: () => 1 }
    } as unknown as WorkshopComponents)
    const run = toyRun()
    await shop.prepare(state)
    const { resultCid } = await shop.publish({ ...state, run })
    assert.ok(pins.some(([pinned]) => String(pinned) === resultCid))
    for (const pin of pins) assert.equal(pin.length, 2)
    shop.close()
  })

  it('behavior: how far it is can be asked while it prepares, and not after', async () => {
    const { cid } = leaf('input')
    const spec = noopSpec({ inputs: [{ cid, path: '/in' }] })
    const told: unknown[] = []
    const ask = () => told.push(shop.progressOf(state.dealId))
    const engine = noopEngine()
    const prepare: Engine['prepare'] = async (...args) => {
      const [, context] = args
      await context.fetch(cid)
      ask()
      await context.fetch(cid, { onProgress: bytes => context.onProgress?.({ what: 'image', doneBytes: bytes }) })
      ask()
      context.onProgress?.({ what: 'prepare', doneBytes: 1.5, totalBytes: 2 ** 60 })
      ask()
      return await engine.prepare(...args)
    }
    const fetch = async (_cid: unknown, { onProgress }: { onProgress?: (bytes: number) => void }) => {
      ask()
      onProgress?.(30)
      return { sizeBytes: 40 }
    }
    const shop = new Workshop({ workDir: dir, maxInputBytes: 1000 }, {
      account: account(1),
      engines: new Map([['noop', { ...engine, prepare }]]),
      storage: {
        putBlock: async () => undefined,
        pin: async () => undefined,
        exportPath: async () => undefined,
        fetch
      },
      clock: { nowMs: () => 1 },
      log: { info: () => undefined }
    } as unknown as WorkshopComponents)
    await shop.prepare({ ...state, spec: encodeSpec(spec).bytes })
    ask()
    assert.deepEqual(told, [
      undefined,
      { what: 'inputs', doneBytes: 30 },
      { what: 'inputs', doneBytes: 70 },
      { what: 'inputs', doneBytes: 70 },
      { what: 'image', doneBytes: 30 },
      { what: 'prepare', doneBytes: 1, totalBytes: 2 ** 44 },
      undefined
    ])
    shop.close()
  })

  it('behavior: a cancel that comes before the run has begun ends it as well', async () => {
    const shop = workshop()
    await shop.prepare(state)
    shop.cancel(state.dealId)
    assert.equal((await shop.run(state)).status, 'cancelled')
    shop.close()
  })

  it('behavior: a cancel ends a run under way', async () => {
    const begun = Promise.withResolvers<void>()
    const engine = noopEngine()
    const run: Engine['run'] = (...args) => {
      begun.resolve()
      return engine.run(...args)
    }
    const shop = workshop({ ...engine, run })
    await shop.prepare(state)
    const running = shop.run(state)
    await begun.promise
    shop.cancel(state.dealId)
    assert.equal((await running).status, 'cancelled')
    shop.close()
  })

  it('behavior: files go only when the work on them has ended', async () => {
    const begun = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const engine = noopEngine()
    const run: Engine['run'] = async (prepared, dirs, options) => {
      begun.resolve()
      await release.promise
      const outcome = await engine.run(prepared, dirs, options)
      // an engine's last words, after it was told to stop
      options.onLog('stdout', new Uint8Array(10))
      assert.ok(existsSync(dirs.outputs))
      return outcome
    }
    const shop = workshop({ ...engine, run })
    await shop.prepare(state)
    const running = shop.run(state)
    await begun.promise
    const cleaned = shop.cleanUp(state.dealId)
    release.resolve()
    assert.equal((await running).status, 'cancelled')
    await cleaned
    assert.equal(existsSync(jobPaths(dir, state.dealId, 0).root), false)
    shop.close()
  })

  it('error: a private job whose key its creator keeps back, or that is none, is not prepared, so no deal of it opens', async () => {
    const spec = noopSpec({ private: true })
    const secret: ProviderState = { ...state, spec: encodeSpec(spec).bytes }
    let asked = 0
    const giving = (...keys: string[]): AskKeys =>
      async function* (deal) {
        asked++
        yield* keys
        throw new SealKeyUnavailableError(deal)
      }
    const prepare = (...keys: string[]) => workshop(noopEngine(), giving(...keys)).prepare(secret)
    await assert.rejects(prepare(), { name: 'SealKeyUnavailableError' })
    await assert.rejects(prepare('no key at all'), { name: 'SealBrokenError' })
    const key = await newSealKey()
    await prepare(key)
    // from now on it is at hand, whatever its creator does
    asked = 0
    assert.equal(await workshop(noopEngine(), giving()).keyOf(secret), key)
    assert.equal(asked, 0)
  })

  it('error: a stopped node is not the end of a run: the next process takes it up', async () => {
    const shop = workshop()
    await shop.prepare(state)
    const controller = new AbortController()
    const running = shop.run(state, { signal: controller.signal })
    controller.abort()
    await assert.rejects(running, { name: 'AbortError' })
    shop.close()
  })
})
