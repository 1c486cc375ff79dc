import assert from 'node:assert/strict'
import type { Hex } from '../../../protocols/common/values.ts'
import type { CreatorState } from '../../../protocols/deal/creator-types.ts'
import { GROUP_DONE, MAX_REPLACEMENTS } from '../../../protocols/deal/replicas-types.ts'
import { isRepeatable } from '../../../protocols/job/derive.ts'
import { account, CREATOR } from './builders.ts'
import { CALM, type Hazards, toyGround } from './ground.ts'
import type { CreatorKind } from './sim-creator.ts'
import type { ProviderKind, SimProvider } from './sim-provider.ts'
import { HONEST, SimReplicas } from './sim-replicas.ts'
import { ToyEscrow } from './toy-escrow.ts'
import { toyMarket, toyProviders } from './toy-market.ts'
import { World } from './world.ts'

/** every deadline of a deal several times over, for each attempt of replicas and their replacements */
const LIMIT_MS = 90 * 60_000
const CREATORS: readonly CreatorKind[] = ['honest', 'honest', 'honest', 'honest', 'honest', 'dies', 'rejects']
const PROVIDERS: readonly ProviderKind[] = [
  ...Array.from({ length: 7 }, () => 'honest' as const),
  'forger',
  'forger',
  'fails',
  'silent',
  'snatcher',
  'idler',
  'liar',
  'withholder'
]

export interface ReplicasScene {
  world: World
  escrow: ToyEscrow
  creator: SimReplicas
  providers: SimProvider[]
  cancelled: boolean
  isCalm: boolean
}

function setUp(seed: number): ReplicasScene {
  const world = new World(seed)
  const escrow = new ToyEscrow(world)
  const isCalm = world.chance(0.2)
  const hazards: Hazards = isCalm
    ? CALM
    : { drop: world.random() * 0.2, duplicate: 0.1, crash: world.random() * 0.06, fail: world.random() * 0.15 }
  const n = world.between(2, 5)
  const min = world.between(Math.floor(n / 2) + 1, n)
  const kinds = Array.from({ length: world.between(Math.max(1, n - 1), n + 4) }, () => world.pick(PROVIDERS))
  for (let i = 1; i <= kinds.length; i++) escrow.free.set(account(i), 100_000n)
  escrow.free.set(CREATOR, 100_000n)
  // no court judges a container
  const engine = world.chance(0.3) ? 'docker' : 'js'
  const caution = { committee: engine === 'js' && world.chance(0.5), check: { by: 'siblings', min } as const }
  const setup = { kind: world.pick(CREATORS), caution, collude: world.chance(0.3), engine, n, min }
  const ground = toyGround(world, escrow, hazards)
  const providers = toyProviders(ground, kinds, () => creator)
  const creator: SimReplicas = new SimReplicas(ground, setup, toyMarket(ground, caution, providers))
  const scene = { world, escrow, creator, providers, cancelled: world.chance(0.2), isCalm }
  world.after(0, () => creator.group.submit())
  if (scene.cancelled) world.after(world.between(0, 60_000), () => creator.group.cancel())
  if (creator.kind === 'dies') world.after(world.between(0, 40_000), () => creator.die())
  return scene
}

/** What must hold after every event. */
function watch({ escrow, creator }: ReplicasScene): () => void {
  const { total } = escrow
  const isOneEach = oneReplicaEach(escrow)
  let digest: Hex | undefined
  let outcome: string | undefined
  return () => {
    assert.equal(escrow.total, total, 'money was made or lost')
    const group = creator.group.journal.get('group')
    if (group === undefined) return
    assert.ok(group.replicas.length <= group.n + MAX_REPLACEMENTS, 'more replicas than a job may cost')
    assert.equal(group.digest, digest ?? group.digest, 'a job was decided twice')
    assert.equal(group.phase, outcome ?? group.phase, 'a job had two outcomes')
    digest = group.digest
    if (GROUP_DONE.includes(group.phase)) outcome = group.phase
    for (const state of creator.journal.values()) isOneEach(state)
  }
}

/** No account ever has deals of two replicas. */
function oneReplicaEach(escrow: ToyEscrow): (state: CreatorState) => void {
  const replicaOf = new Map<string, string>()
  return ({ jobId, signed, attempt }) => {
    for (const { dealId, candidate } of attempt === undefined ? signed : [...signed, attempt]) {
      if (!escrow.deals.has(dealId)) continue
      const known = replicaOf.get(candidate.account) ?? jobId
      assert.equal(known, jobId, 'two replicas came to one account')
      replicaOf.set(candidate.account, known)
    }
  }
}

function isOver({ creator, providers, escrow }: ReplicasScene): boolean {
  const { group } = creator
  const isCreatorDone = creator.dead || (group.journal.has('group') && group.live.length + creator.live.length === 0)
  const isSettled = [...escrow.deals.values()].every(d => d.phase === 'closed')
  return isCreatorDone && isSettled && providers.every(p => p.live.length === 0)
}

/** What must hold when everything has come to rest. */
function judge(scene: ReplicasScene): void {
  const { creator, providers, escrow } = scene
  const { group } = creator
  const stand = () => `${group.state.phase} ${creator.live.map(([id, s]) => `${id}:${s.phase}`)}`
  assert.ok(isOver(scene), `not over: ${stand()} ${providers.map(p => p.live.map(([, s]) => s.phase))}`)
  const { state } = group
  const paid = [...escrow.deals].filter(([, d]) => (d.end?.toProvider ?? 0n) > d.deal.collateral)
  assert.ok(paid.length <= state.n + MAX_REPLACEMENTS, 'more was paid than a job may cost')
  for (const { deal, end } of escrow.deals.values()) {
    const kind = providers.find(p => p.account === deal.provider)?.kind
    const isCheat = kind === 'liar' || kind === 'forger'
    if (end?.kind !== 'resolved') continue
    assert.equal(end.toProvider === 0n, isCheat, 'the court is never wrong here')
    const isFair = isCheat || creator.kind === 'rejects' || state.digest !== HONEST
    assert.ok(isFair, 'an honest provider whose result was taken had to go to court')
  }
  if (creator.dead) return
  if (!isRepeatable(state.engine)) everyWorkIsPaid(scene)
  const votes = state.replicas.filter(note => note.digest !== undefined && note.digest === state.digest).length
  const forgers = providers.filter(p => p.kind === 'forger').length
  if (state.phase === 'done') {
    assert.ok(votes >= state.min, 'a job is done that too few agreed on')
    assert.ok(state.result !== undefined, 'a job is done without its files')
    if (!creator.collude || forgers < state.min) assert.equal(state.digest, HONEST, 'a minority forged a result')
  }
  const areHonest = providers.every(p => p.kind === 'honest') && providers.length >= state.n + 1
  if (areHonest && scene.isCalm && creator.kind === 'honest' && !scene.cancelled) {
    assert.equal(state.phase, 'done', 'a calm world of honest providers came to nothing')
    assert.ok(state.replicas.length <= state.n, 'a calm world needed replacements')
    for (const { end } of escrow.deals.values()) assert.equal(end?.kind, 'settled', 'agreement was not paid at once')
  }
}

/** Whoever brought a result of a container has its price, whatever the others came to. */
function everyWorkIsPaid({ creator, escrow }: ReplicasScene): void {
  for (const id of creator.held) {
    const kind = escrow.deals.get(id as Hex)?.end?.kind
    assert.ok(kind === 'settled' || kind === 'claimed', `a result of a container ended ${kind}`)
  }
}

export function playReplicas(seed: number): ReplicasScene {
  const scene = setUp(seed)
  const { world, creator, escrow } = scene
  const sweep = () => {
    world.after(5_000, sweep)
    // a party that is gone for ever leaves its timeouts to anybody
    for (const [id, { phase, deadlineSec }] of creator.dead ? escrow.deals : []) {
      if (phase === 'open' && deadlineSec + 60 <= world.nowSec) escrow.timeoutSubmit(id)
    }
  }
  world.after(5_000, sweep)
  world.run(world.nowMs + LIMIT_MS, () => isOver(scene), watch(scene))
  judge(scene)
  return scene
}
