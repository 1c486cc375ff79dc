import assert from 'node:assert/strict'
import type { Hex } from '../../../protocols/common/values.ts'
import type { Deal, Result } from '../../../protocols/deal/schema.ts'
import { errandOf } from '../../../protocols/mediation/errand.ts'
import type { MediatorPhase } from '../../../protocols/mediation/mediator-types.ts'
import { MEDIATOR_DONE } from '../../../protocols/mediation/mediator-types.ts'
import { TIMEOUT_DIGEST } from '../../../protocols/mediation/verdict.ts'
import { World } from '../deal/world.ts'
import { type SimJob, SimJudge } from './sim-judge.ts'
import { challenge, digestNo, SALT, TOY_SETTINGS, toyCourt } from './toy-case.ts'
import type { ToyCourt } from './toy-court.ts'
import { Refused } from './toy-seats.ts'

/** Longer than any dispute of three rounds takes here. */
const LIMIT_MS = 4 * 3600 * 1000
/** Of a reveal window of a minute: what is left is time for a few failed tries. */
const LONG_AWAY_MS = 20_000

interface Held {
  deal: Deal
  result: Result
  digest: Hex
  /** the provider opens its commitment */
  opens: boolean
  honest: boolean
}

export interface CourtScene {
  world: World
  court: ToyCourt
  judges: SimJudge[]
  jobs: Map<Hex, SimJob>
  held: Map<Hex, Held>
  calm: boolean
}

/** A seeded world of judges, some of them slow, all of them mortal, and a few disputes that run at the same time. */
export function playCourt(seed: number): CourtScene {
  const scene = setUp(seed)
  const { world, court, judges } = scene
  const total = totalOf(court)
  const isOver = () =>
    scene.held.size === scene.jobs.size && court.live.length === 0 && judges.every(j => j.live.length === 0)
  world.run(
    world.nowMs + LIMIT_MS,
    () => scene.jobs.size > 0 && isOver(),
    () => {}
  )
  judge(scene, total, isOver())
  return scene
}

function setUp(seed: number): CourtScene {
  const world = new World(seed)
  const calm = world.chance(0.2)
  const toyWorld = {
    get nowSec() {
      return world.nowSec
    },
    get block() {
      return BigInt(world.nowSec)
    },
    hashOf: (block: bigint): Hex =>
      `0x${((block + BigInt(seed)) * 0x9e3779b97f4a7c15f39cc0605cedc834n ** 2n).toString(16).padStart(64, '0').slice(-64)}`
  }
  const { court, owners } = toyCourt(toyWorld, world.between(6, 14))
  // seats that cannot run the jobs: a larger round may lack its seats
  for (const seat of court.seats) if (world.chance(0.15)) seat.capabilities = 2
  const hazards = calm
    ? { crash: 0, fail: 0, engine: 0 }
    : { crash: world.random() * 0.05, fail: world.random() * 0.15, engine: world.random() * 0.2 }
  const jobs = new Map<Hex, SimJob>()
  const judges = owners.map(owner => new SimJudge(world, court, jobs, owner, hazards))
  const scene: CourtScene = { world, court, judges, jobs, held: new Map(), calm }
  const disputes = world.between(1, 4)
  for (let n = 0; n < disputes; n++) world.after(1_100 + world.between(0, 60_000) * n, () => begin(scene, n))
  world.after(500, () => parties(scene))
  return scene
}

function begin({ world, court, jobs, held }: CourtScene, n: number): void {
  const timeoutMs = world.pick([2_000, 10_000, 20_000])
  const submitWindow = 20 + (2 * timeoutMs) / 1000
  const honest = world.chance(0.6)
  const isLong = world.chance(0.15)
  const truth = isLong ? TIMEOUT_DIGEST : digestNo(n + 1)
  const digest = honest ? truth : digestNo(n + 101)
  const toy = challenge(court, { nonce: BigInt(n), submitWindow, voteWindow: 3 * submitWindow }, digest)
  const late = world.pick([0, 0, 0, 20_000, Number.POSITIVE_INFINITY])
  jobs.set(toy.id, {
    digest: truth,
    timeoutMs,
    wallMs: isLong ? timeoutMs * 9 : world.between(100, timeoutMs * 0.9),
    inputsAtMs: world.nowMs + late,
    valid: world.chance(0.95)
  })
  held.set(toy.id, { deal: toy.deal, result: toy.result, digest, opens: world.chance(0.9), honest })
}

/** The parties' clerks, and now and then an appeal of whoever lost. */
function parties(scene: CourtScene): void {
  const { world, court, held } = scene
  world.after(world.between(500, 2_000), () => parties(scene))
  for (const [id, one] of held) {
    const dispute = court.dispute(id)
    if (dispute === undefined) continue
    try {
      const mayAppeal = dispute.phase === 'judged' && dispute.deadlineSec >= world.nowSec
      if (!mayAppeal) lead(scene, id, one)
      else if (world.chance(0.04)) {
        const loser = dispute.providerWrong ? one.deal.provider : one.deal.creator
        court.appeal(loser, one.deal, dispute.round + 1)
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
    }
  }
}

function lead({ world, court }: CourtScene, id: Hex, { deal, result, digest, opens }: Held): void {
  const dispute = court.dispute(id)
  if (dispute === undefined) return
  const { revealWindowSec } = TOY_SETTINGS
  const errand = errandOf(dispute, { nowSec: world.nowSec, revealWindowSec }, opens)
  if (errand === 'revealCommitment') court.revealCommitment(result, digest, SALT)
  else if (errand === 'rearm') court.rearm(id)
  else if (errand === 'finish') court.finish(deal, result)
  else if (errand !== undefined) court[errand](deal)
}

function totalOf(court: ToyCourt): bigint {
  let sum = 0n
  for (const amount of court.free.values()) sum += amount
  for (const seat of court.seats) sum += seat.stake
  return sum
}

/** What must hold when everything has come to rest. */
function judge(scene: CourtScene, total: bigint, isOver: boolean): void {
  const { court, judges, jobs, held, calm } = scene
  const stuck = judges.flatMap(j => j.live.map(([, s]) => `${s.phase} ${s.reason ?? ''}`))
  assert.ok(isOver, `not over: ${court.live.length} disputes, judges ${stuck}`)
  const locked = [...held.values()].reduce((sum, { deal }) => sum + deal.price + deal.collateral, 0n)
  assert.equal(totalOf(court), total + locked, 'money was made or lost')
  for (const seat of court.seats) assert.equal(seat.risk, 0n, 'a seat is still at risk')
  for (const one of judges) {
    for (const [id, state] of one.journal) {
      assert.ok(MEDIATOR_DONE.includes(state.phase))
      const wasUp = one.outages.length === 0
      const job = jobs.get(id) as SimJob
      if (wasUp && calm && job.valid) fair(state.phase, state.reason)
      checkBooks(scene, id, state)
      checkReveal(scene, one, id)
    }
  }
}

/** In a calm world nobody is absent: who was drawn voted, or gave the seat to another in time. */
function fair(phase: MediatorPhase, reason: string | undefined): void {
  const isAbsent = reason?.includes('vote window') === true || reason?.includes('not opened') === true
  assert.ok(!isAbsent, `absent in a calm world: ${phase} ${reason}`)
}

/** What a judge notes of its money is what the court moved. */
function checkBooks(
  { court }: CourtScene,
  id: Hex,
  { seat, paid = 0n, lost = 0n, phase }: { seat: number; paid?: bigint; lost?: bigint; phase: MediatorPhase }
): void {
  if (phase === 'declined' || phase === 'excused') return
  const table = court.ended.get(id)
  assert.ok(table !== undefined)
  assert.equal(
    lost,
    table.losses.filter(l => l.seat === seat).reduce((sum, l) => sum + l.amount, 0n)
  )
  assert.ok(phase !== 'paid' || paid > 0n)
}

/** A committed vote is opened, unless its judge was away for much of the time in which that was possible. */
function checkReveal({ court }: CourtScene, one: SimJudge, id: Hex): void {
  const state = one.journal.get(id)
  if (state === undefined || !one.votes.has(id) || state.reason?.includes('not opened') !== true) return
  const judged = court.events.find(e => e.deal === id && e.kind === 'judged' && e.round === state.round)
  const endMs = (judged?.atSec ?? 0) * 1000
  const beginMs = endMs - TOY_SETTINGS.revealWindowSec * 1000
  const awayMs = one.outages.reduce(
    (sum, [from, to]) => sum + Math.max(0, Math.min(to, endMs) - Math.max(from, beginMs)),
    0
  )
  assert.ok(awayMs > LONG_AWAY_MS, `a committed vote was not opened, its judge was away for ${awayMs} ms only`)
}
