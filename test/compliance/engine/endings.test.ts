import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { jsEngine } from '../../../node/engines/js/index.ts'
import { Workshop, type WorkshopComponents } from '../../../node/roles/provider/workshop.ts'
import { SigningParty } from '../../../node/settlement/signing-party.ts'
import { toHex } from '../../../protocols/common/values.ts'
import type { ProviderState } from '../../../protocols/deal/provider-machine.ts'
import { encodeSpec } from '../../../protocols/job/encode-spec.ts'
import { decodeManifest } from '../../../protocols/job/manifest.ts'
import type { Outcome } from '../../../protocols/job/schema.ts'
import { account, providerStart } from '../../support/deal/builders.ts'
import { noopSpec } from '../../support/deal/proposal.ts'
import { Cleanup, type TestNode } from '../../support/hosts.ts'
import { main } from '../../support/js/hostile.ts'
import { children } from './children.ts'

const MIB = 1024 * 1024
/** What each program has said and left before it ends in its own way. */
const BEGIN = 'console.log("said"); console.error("hm"); outputs.write("partial", "kept");'

interface Ending {
  title: string
  body: string
  outcome: Outcome
  exitCode?: number
  /** what the creator pays: all of the price or nothing */
  paid: boolean
  timeoutMs?: number
  /** told when the program has begun */
  meanwhile?(shop: Workshop, state: ProviderState, sandboxes: () => number[]): void
}

const SPIN = 'for (;;);'
const ENDINGS: Ending[] = [
  { title: 'exited 0', body: '', outcome: 'exited', exitCode: 0, paid: true },
  { title: 'exited 3', body: 'return 3', outcome: 'exited', exitCode: 3, paid: true },
  { title: 'an exception', body: 'throw new Error("no")', outcome: 'exited', exitCode: 1, paid: true },
  { title: 'timeout', body: SPIN, outcome: 'timeout', paid: true, timeoutMs: 500 },
  { title: 'out-of-memory', body: 'const a = []; for (;;) a.push({ a })', outcome: 'out-of-memory', paid: false },
  {
    title: 'disk-full',
    body: 'for (let i = 0; ; i++) outputs.write(`more/${i}`, new Uint8Array(1048576))',
    outcome: 'disk-full',
    paid: false
  },
  {
    title: 'cancelled',
    body: SPIN,
    outcome: 'cancelled',
    paid: true,
    meanwhile: (shop, { dealId }) => shop.cancel(dealId)
  },
  {
    title: 'a sandbox that the system ended',
    body: SPIN,
    outcome: 'engine-error',
    // nobody signs this: the provider's machine hands the deal back
    paid: true,
    meanwhile: (_shop, _state, sandboxes) => sandboxes().map(pid => process.kill(pid, 'SIGKILL'))
  }
]

class Party extends SigningParty {}

describe('provider: what is published of a job, however it ends', () => {
  const cleanup = new Cleanup()
  const signer = privateKeyToAccount(generatePrivateKey())
  const settlement = new Party({ chainId: 1, escrow: account(9) }, signer)
  const engine = jsEngine()
  let node: TestNode
  let shop: Workshop
  let others: number[]

  before(async function () {
    if (!(await engine.probe()).available) return this.skip()
    node = await cleanup.node()
    others = children()
    await engine.start()
    cleanup.add(() => engine.stop())
    shop = new Workshop({ workDir: await cleanup.dir(), maxInputBytes: 0 }, {
      account: account(1),
      engines: new Map([['js', engine]]),
      storage: node.store,
      settlement,
      clock: { nowMs: () => Date.now() }
    } as unknown as WorkshopComponents)
    cleanup.add(async () => shop.close())
  })
  after(() => cleanup.run())

  const stateOf = (n: number, { body, timeoutMs = 20_000 }: Ending): ProviderState => {
    const spec = noopSpec({
      engine: { js: { source: main(BEGIN + body), entry: 'default' } },
      outputs: [{ name: 'result', path: '/outputs/result' }],
      resources: { cpuMillis: 1000, memoryBytes: 32 * MIB, diskBytes: 4 * MIB },
      timeoutMs
    })
    const { state } = providerStart({ spec: encodeSpec(spec).bytes })
    return { ...state, dealId: toHex(new Uint8Array(32).fill(n + 1)) }
  }

  for (const [n, ending] of ENDINGS.entries()) {
    it(`${ending.title}: outcome, logs and the outputs there were`, async () => {
      const state = stateOf(n, ending)
      await shop.prepare(state)
      const running = shop.run(state)
      if (ending.meanwhile !== undefined) {
        await shop.logOf(state).wait(1, 60_000)
        ending.meanwhile(shop, state, () => children().filter(pid => !others.includes(pid)))
      }
      const run = await running
      const { delivery, resultCid } = await shop.publish({ ...state, run })
      const manifest = decodeManifest(delivery.manifest)
      assert.deepEqual([manifest.outcome, manifest.exitCode], [ending.outcome, ending.exitCode], manifest.reason)
      assert.equal(manifest.reason === undefined, ending.outcome === 'exited')
      assert.deepEqual(manifest.logRoot, shop.logOf(state).root)
      assert.equal(delivery.result.charge, ending.paid ? state.deal.price : 0n)
      assert.equal(await settlement.resultSigner(delivery.result, delivery.signature), settlement.account)

      // as the creator finds it: from the store, by its CID
      const dir = join(await cleanup.dir(), 'result')
      assert.equal(manifest.result.toString(), resultCid)
      await node.store.exportPath(manifest.result, dir)
      const read = (path: string) => readFile(join(dir, path), 'utf8')
      assert.equal(await read('stdout'), 'said\n')
      assert.match(await read('stderr'), /^hm\n/)
      assert.equal(await read('outputs/result/partial'), 'kept')
      assert.equal(await read('exitCode').catch(() => undefined), ending.exitCode?.toString())
      await shop.cleanUp(state.dealId)
    })
  }
})
