import assert from 'node:assert/strict'
import type { Hex } from '../../../protocols/common/values.ts'
import { beginCreator } from '../../../protocols/deal/creator-machine.ts'
import type { CreatorPhase } from '../../../protocols/deal/creator-types.ts'
import { account, CREATOR, toyJob, word } from './builders.ts'
import { CALM, type Hazards, toyGround } from './ground.ts'
import { type Caution, type CreatorKind, SimCreator } from './sim-creator.ts'
import type { ProviderKind, SimProvider } from './sim-provider.ts'
import { ToyEscrow } from './toy-escrow.ts'
import { toyMarket, toyProviders } from './toy-market.ts'
import { World } from './world.ts'

/** every deadline of a deal several times over, for each of three attempts */
const LIMIT_MS = 30 * 60_000
/** half of the submit window less the run: a provider that is away for longer may miss its deadlines */
const SHORT_MS = 10_000
const CREATORS: readonly CreatorKind[] = ['honest', 'honest', 'honest', 'honest', 'dies', 'rejects']
const PROVIDERS: readonly ProviderKind[] = [
  'honest',
  'honest',
  'honest',
  'fails',
  'silent',
  'snatcher',
  'idler',
  'liar',
  'forger',
  'withholder'
]

interface Scene {
  world: World
  escrow: ToyEscrow
  creator: SimCreator
  providers: SimProvider[]
  cancelled: boolean
}

function setUp(seed: number): Scene {
  const world = new World(seed)
  const escrow = new ToyEscrow(world)
  const isCalm = world.chance(0.2)
  const hazards: Hazards = isCalm
    ? CALM
    : { drop: world.random() * 0.2, duplicate: 0.1, crash: world.random() * 0.06, fail: world.random() * 0.15 }
  const kinds = Array.from({ length: world.between(1, 3) }, () => world.pick(PROVIDERS))
  for (let n = 1; n <= kinds.length; n++) escrow.free.set(account(n), 10_000n)
  escrow.free.set(CREATOR, 10_000n)
  const ground = toyGround(world, escrow, hazards)
  const providers = toyProviders(ground, kinds, () => creator)
  const who = { account: CREATOR, address: 'creator', kind: world.pick(CREATORS), caution: cautionOf(world) }
  const market = toyMarket(ground, who.caution, providers)
  const creator: SimCreator = new SimCreator(ground, who, market)
  const submit = () => {
    const job = toyJob({ jobId: 'job', jobOffer: market.freshOffer(), check: who.caution.check })
    creator.begin('job', beginCreator({ type: 'submitted', atMs: world.nowMs, job }))
  }
  const scene = { world, escrow, creator, providers, cancelled: world.chance(0.25) }
  world.after(0, submit)
  if (scene.cancelled) {
    world.after(world.between(0, 60_000), () => creator.dispatch('job', { type: 'cancelRequested' }))
  }
  // an owner that decides; without its word silence does
  if (world.chance(0.5)) world.after(60_000, () => creator.dispatch('job', { type: 'acceptRequested' }))
  if (creator.kind === 'dies') world.after(world.between(0, 40_000), () => creator.die())
  return scene
}

/** Most jobs trust their provider; others have a court, and somebody who looks. */
function cautionOf(world: World): Caution {
  const committee = world.chance(0.5)
  const checks = [{ by: 'nobody' }, { by: 'spot', perMille: 1_000, secret: word(1) }, { by: 'owner' }] as const
  return { committee, check: world.pick(checks) }
}

/** What must hold after every event. */
function watch({ escrow, creator }: Scene): () => void {
  const { total } = escrow
  let outcome: CreatorPhase | undefined
  return () => {
    assert.equal(escrow.total, total, 'money was made or lost')
    const job = creator.journal.get('job')
    if (job === undefined || !creator.isDone(job)) return
    outcome ??= job.phase
    assert.equal(job.phase, outcome, 'a job had two outcomes')
  }
}

function isOver({ creator, providers, escrow }: Scene): boolean {
  const isCreatorDone = creator.dead || (creator.journal.has('job') && creator.live.length === 0)
  return isCreatorDone && providers.every(p => p.live.length === 0) && openDeals(escrow) === 0
}

function openDeals(escrow: ToyEscrow): number {
  return [...escrow.deals.values()].filter(d => d.phase !== 'closed').length
}

/** The court was asked for a reason, and what it said is what the job says. */
function judgeDisputes({ creator, providers, escrow }: Scene): void {
  for (const [, { deal, end }] of escrow.deals) {
    const provider = providers.find(p => p.account === deal.provider) as SimProvider
    if (end?.kind !== 'resolved') continue
    const lied = provider.kind === 'liar' || provider.kind === 'forger'
    assert.equal(end.toProvider === 0n, lied, 'the court was asked for nothing')
    if (lied && !creator.dead) assert.equal(creator.job.phase, 'refunded', 'a dispute that was won is no refund')
  }
}

/** Whoever delivered honestly was paid. */
function judgePay({ providers, escrow }: Scene): void {
  for (const provider of providers) {
    if (provider.kind !== 'honest' || provider.longestDownMs > SHORT_MS) continue
    for (const id of provider.handedOver) {
      const held = escrow.deals.get(id as Hex)
      assert.ok((held?.end?.toProvider ?? 0n) > (held?.deal.collateral ?? 0n), 'an honest provider was not paid')
    }
  }
}

/** What must hold when everything has come to rest. */
function judge(scene: Scene): void {
  const { creator, providers, escrow } = scene
  const { job } = creator
  assert.ok(isOver(scene), `not over: creator ${job.phase}, ${providers.map(p => p.live.map(([, s]) => s.phase))}`)
  const nonces = [...escrow.deals.values()].map(d => d.deal.nonce)
  assert.equal(new Set(nonces).size, nonces.length, 'two deals opened under one nonce')
  const paid = [...escrow.deals].filter(([, d]) => (d.end?.toProvider ?? 0n) > d.deal.collateral)
  assert.ok(paid.length <= 1, 'a job was paid twice')
  const absent = creator.dead || creator.longestDownMs > SHORT_MS
  for (const [id, { deal }] of paid) {
    const provider = providers.find(p => p.account === deal.provider) as SimProvider
    const isCaught = provider.kind === 'forger' && creator.caution.check.by === 'spot'
    assert.ok(!isCaught || !creator.caution.committee || absent, 'a forged result was checked and paid')
    const fair = creator.held.has(id) || absent || creator.kind === 'rejects'
    // a result that is withheld or bad needs the court, and somebody who goes there
    const isBad = provider.kind === 'liar' && !creator.caution.committee
    const needsCourt = provider.kind === 'withholder' || isBad
    assert.ok(fair || needsCourt || provider.longestDownMs > SHORT_MS, 'an honest creator paid for nothing')
    if (creator.held.has(id) && !absent && !isCaught) assert.equal(job.phase, 'settled', 'a paid result was not kept')
  }
  judgeDisputes(scene)
  judgePay(scene)
  if (scene.cancelled || creator.kind !== 'honest' || absent) return
  if (providers.every(p => p.kind === 'honest') && creator.ground.hazards.fail === 0) {
    assert.ok(['settled', 'unmatched', 'refunded'].includes(job.phase), `a calm world ended ${job.phase}`)
  }
}

export function play(seed: number): Scene {
  const scene = setUp(seed)
  const { world, creator, escrow } = scene
  const sweep = () => {
    world.after(5_000, sweep)
    // a party that is gone for ever leaves its timeouts to anybody
    for (const [id, { phase }] of creator.dead ? escrow.deals : []) {
      if (phase !== 'open' || (escrow.deals.get(id)?.deadlineSec ?? 0) + 60 > world.nowSec) continue
      escrow.timeoutSubmit(id)
    }
  }
  world.after(5_000, sweep)
  world.run(world.nowMs + LIMIT_MS, () => isOver(scene), watch(scene))
  judge(scene)
  return scene
}
