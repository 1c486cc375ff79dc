import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { sqliteJournal } from '../../../../../node/journal/sqlite-journal.ts'
import { BoardAgent, type BoardAgentComponents } from '../../../../../node/roles/board/agent.ts'
import { WorkList } from '../../../../../node/roles/board/work.ts'
import type { BoardEvent, Delivery } from '../../../../../node/settlement/board.ts'
import { DealStateError } from '../../../../../node/settlement/errors.ts'
import type { BoardRequest } from '../../../../../protocols/board/types.ts'
import { sha256 } from '../../../../../protocols/common/hash.ts'
import { type Address, type Hex, toHex } from '../../../../../protocols/common/values.ts'
import { encodeSpec } from '../../../../../protocols/job/encode-spec.ts'
import { encodeManifest } from '../../../../../protocols/job/manifest.ts'
import { parseSpec } from '../../../../../protocols/job/parse-spec.ts'
import { eventually } from '../../../../e2e/support/wait.ts'

const ID: Hex = `0x${'5a'.repeat(32)}`
const ME: Address = `0x${'11'.repeat(20)}`
const SPEC = encodeSpec(parseSpec({ engine: { js: { source: 'export default () => {}' } } }))
const CID_ANY = CID.parse('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')
const REQUEST: BoardRequest = {
  requester: ME,
  spec: toHex(SPEC.cid.multihash.digest),
  bid: 100n,
  fee: 30n,
  callback: `0x${'00'.repeat(20)}`,
  callbackGas: 0n,
  turn: 60n,
  turns: 1n,
  timeout: 4000n,
  lane: 0n,
  createdAt: 1000n,
  seed: ID
}
const REQUESTED: BoardEvent = {
  ...{ deal: ID, transaction: ID, blockNumber: 1n },
  ...{ kind: 'requested', request: REQUEST, job: SPEC.bytes }
}

describe('board agent', () => {
  let dir: string
  let journal: ReturnType<typeof sqliteJournal>
  let world: World
  const agents: BoardAgent[] = []

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-board-'))
    journal = sqliteJournal({ path: join(dir, 'journal.db') })
    journal.start()
    world = new World()
  })
  afterEach(async () => {
    for (const agent of agents.splice(0)) await agent.stop()
    journal.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  const begin = (): BoardAgent => {
    const components = { ...world.components(), journal, log: world.log } as unknown as BoardAgentComponents
    const agent = new BoardAgent({ account: ME, minFee: 30n, pollMs: 2 }, components)
    agents.push(agent)
    agent.start()
    return agent
  }
  const open = () => new WorkList(journal).ids()

  it('default: takes a request under its nonce and bid, and brings what was settled', async () => {
    world.events.push(REQUESTED)
    begin()
    await eventually('it is submitted', () => world.submitted.length > 0)
    const [{ nonce, bid }] = world.submitted as [{ nonce: Hex; bid: bigint }]
    assert.deepEqual([nonce, bid], [ID, 100n])
    assert.equal(world.delivered.length, 0)
    world.settle()
    await eventually('it is delivered', () => open().length === 0)
    const [delivery] = world.delivered
    assert.deepEqual([delivery?.seat, delivery?.run.exitCode], [4, 7])
    // announced before the board tells anybody
    assert.equal(world.pinned.length, 4)
  })

  it('behavior: a node that stopped between the journal and the submission submits once', async () => {
    world.events.push(REQUESTED)
    world.failing = 'submit'
    begin()
    await eventually('the journal has it', () => new WorkList(journal).get(ID)?.taken !== undefined)
    for (const agent of agents.splice(0)) await agent.stop()
    world.failing = undefined
    begin()
    await eventually('it is submitted', () => world.submitted.length > 0)
    world.settle()
    await eventually('it is delivered', () => world.delivered.length > 0)
    assert.equal(world.submitted.length, 1)
  })

  it('behavior: a delivery that did not arrive is made again, one that the board refuses for good is not', async () => {
    world.events.push(REQUESTED)
    world.failing = 'deliver'
    begin()
    await eventually('it is submitted', () => world.submitted.length > 0)
    world.settle()
    await eventually('it is tried again', () => world.tries > 2)
    assert.deepEqual(open(), [ID])
    world.failing = 'deliver for good'
    await eventually('it is left', () => open().length === 0)
  })

  it('behavior: somebody else was first, or a reorg took the request back: the job is cancelled', async () => {
    for (const last of [{ kind: 'refunded' } as const, { kind: 'removed', was: 'requested' } as const]) {
      world = new World()
      world.events.push(REQUESTED)
      const agent = begin()
      await eventually('it is submitted', () => world.submitted.length > 0)
      world.events.push({ deal: ID, transaction: ID, blockNumber: 2n, ...last })
      await eventually('the job is cancelled', () => world.cancelled === 1)
      assert.deepEqual(open(), [])
      await agent.stop()
    }
  })

  it('behavior: nothing is taken for too small a fee, after its time, or when it is over on the chain', async () => {
    const late = { ...REQUESTED, request: { ...REQUEST, timeout: 5n } } as BoardEvent
    const poor = { ...REQUESTED, request: { ...REQUEST, fee: 1n } } as BoardEvent
    const garbage = { ...REQUESTED, job: Uint8Array.of(1, 2, 3) } as BoardEvent
    const unserved = { ...REQUESTED, job: SPEC.cid.bytes } as BoardEvent
    for (const event of [late, poor, garbage, unserved]) {
      world = new World()
      if (event === unserved) world.failing = 'spec'
      world.events.push(event)
      const agent = begin()
      await eventually('it is left', () => world.left > 0)
      assert.equal(world.submitted.length, 0)
      assert.deepEqual(open(), [])
      await agent.stop()
    }
    world = new World()
    world.isOpen = false
    world.events.push(REQUESTED)
    begin()
    await eventually('the chain is asked', () => world.asked > 2)
    assert.equal(world.submitted.length, 0)
  })
})

/** What an agent sees: a chain that tells events, and jobs that end when told to. */
class World {
  readonly events: BoardEvent[] = []
  readonly submitted: object[] = []
  readonly delivered: Delivery[] = []
  readonly pinned: string[] = []
  failing: 'spec' | 'submit' | 'deliver' | 'deliver for good' | undefined
  isOpen = true
  asked = 0
  tries = 0
  left = 0
  cancelled = 0
  #state: object = { phase: 'running' }

  readonly log = {
    debug: () => {},
    warn: () => {},
    error: () => {},
    info: (_fields: object, message: string) => void (message.endsWith('left') && this.left++)
  }

  /** The job's deal is paid. */
  settle(): void {
    const manifest = encodeManifest({
      version: 1,
      deal: sha256(Buffer.from('deal')),
      spec: SPEC.cid,
      provider: ME,
      outcome: 'exited',
      exitCode: 7,
      stdout: CID_ANY,
      stderr: CID_ANY,
      outputs: CID_ANY,
      result: CID_ANY,
      usage: { wallMs: 1, cpuMs: 1, maxRssBytes: 1, inputBytes: 1, outputBytes: 1 },
      startedAt: 1,
      finishedAt: 2,
      logRoot: sha256(Buffer.from('log')),
      digest: sha256(Buffer.from('digest'))
    })
    const delivery = { result: { charge: 1n }, manifest: manifest.bytes, salt: ID, signature: '0x' }
    this.#state = { phase: 'done', end: { kind: 'settled', toProvider: 1n }, attempt: { deal: {}, delivery } }
  }

  components() {
    const world = this
    const board = {
      async *events({ signal }: { signal: AbortSignal }) {
        for (let next = 0; !signal.aborted; ) {
          const event = world.events[next]
          if (event === undefined) await new Promise(resolve => setTimeout(resolve, 1))
          else {
            next += 1
            yield event
          }
        }
      },
      isOpen: async () => {
        world.asked += 1
        return world.isOpen
      },
      async deliver(_request: BoardRequest, delivery: Delivery) {
        world.tries += 1
        if (world.failing === 'deliver') throw new Error('no answer')
        if (world.failing !== undefined) throw new DealStateError('TooLate', 'too late')
        world.delivered.push(delivery)
        return { transaction: ID, gasUsed: 0n }
      }
    }
    const seat = { index: 4, owner: ME, fromSec: 1, stake: 1n, risk: 0n, capabilities: 1 }
    return {
      settlement: { board, court: { seats: async () => [seat] }, now: async () => 1010 },
      creator: {
        async submit(_spec: object, request: object) {
          if (world.failing === 'submit') throw new Error('the node was killed')
          world.submitted.push(request)
          return 'job'
        },
        find: () => (world.submitted.length === 0 ? undefined : { record: { state: world.#state, done: false } }),
        cancel() {
          world.cancelled += 1
        }
      },
      storage: {
        getBlock: async () => {
          if (world.failing === 'spec') throw new Error('nobody has it')
          return SPEC.bytes
        },
        putBlock: async () => {},
        pin: async (cid: CID) => void world.pinned.push(cid.toString())
      }
    }
  }
}
