// `npm run demo [-- --json]`: a private network of separate processes on this machine runs real jobs and pays for them.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { checkBooks, type Ledger, ledgerOf } from './demo/books.ts'
import { demoJobs } from './demo/jobs.ts'
import { Narrator } from './demo/narrator.ts'
import { rankEverywhere } from './demo/ranking.ts'
import { type JobReport, runJob } from './demo/run-job.ts'
import { type LocalNetwork, type NodeSpec, startLocalNetwork } from './lib/local-network.ts'
import { prepareBuild } from './lib/prepare.ts'

const root = join(import.meta.dirname, '..')
const dir = join(root, '.data', 'demo')

/** Three providers of one make and three prices; the second is the cheapest, so order of arrival cannot explain the choice. */
const NODES: NodeSpec[] = [
  { name: 'provider-1', roles: ['provider'], flags: ['--price-cpu-hour', '0.030'] },
  { name: 'provider-2', roles: ['provider'], flags: ['--price-cpu-hour', '0.010'] },
  { name: 'provider-3', roles: ['provider'], flags: ['--price-cpu-hour', '0.020'] },
  { name: 'mediator-1', roles: ['mediator'] },
  { name: 'mediator-2', roles: ['mediator'] },
  { name: 'mediator-3', roles: ['mediator'] },
  { name: 'creator', roles: ['creator'] }
]

async function demo(say: Narrator): Promise<boolean> {
  await prepareBuild(text => say.step(text))
  rmSync(dir, { recursive: true, force: true })
  let network: LocalNetwork | undefined
  let outcome: Outcome
  const interrupted = new Promise<never>((_resolve, reject) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => reject(new Error(`ended by ${name}`)))
  })
  try {
    network = await Promise.race([startLocalNetwork(dir, NODES), interrupted])
    outcome = await Promise.race([story(say, network), interrupted])
  } finally {
    say.step('stopping every process')
    await network?.stop()
  }
  // only now: whoever reads the last line finds nothing running any more
  end(say, outcome)
  return outcome.faults.length === 0
}

interface Outcome {
  reports: JobReport[]
  before: Ledger
  after: Ledger
  faults: string[]
}

async function story(say: Narrator, network: LocalNetwork): Promise<Outcome> {
  const { anvil, nodes } = network
  say.step(`chain at ${anvil.url} with the contracts on it, ${nodes.size} nodes joined by one invite line`, {
    nodes: [...nodes.values()].map(({ name, ready }) => ({ name, roles: ready.roles, account: ready.account }))
  })
  const providers = NODES.filter(n => n.roles.includes('provider')).length
  await everyBookHas(network, providers)
  say.step(`${providers} signed offers have reached the book of every node`)
  const before = await ledgerOf(nodes)
  say.balances('balances before', before)

  const { jobs, skipped } = await demoJobs(dir, nodes)
  for (const { engine, reason } of skipped) say.step(`${engine} job skipped: ${reason}`, { skipped: engine, reason })
  const reports: JobReport[] = []
  for (const job of jobs) {
    const order = await rankEverywhere(say, network, job)
    reports.push(await runJob(say, network, job, order))
  }

  const after = await ledgerOf(nodes)
  say.balances('balances after', after)
  const faults = [...reports.flatMap(r => r.faults), ...checkBooks(before, after, reports, nodes)]
  for (const fault of faults) say.step(`NOT AS IT SHOULD BE: ${fault}`, { fault })
  return { reports, before, after, faults }
}

function end(say: Narrator, { reports, before, after, faults }: Outcome): void {
  const jobs = reports.map(({ faults: _faults, payer: _payer, dir: _dir, ...job }) => job)
  say.done({ jobs, balances: { before, after } }, () => {
    const lines = reports.map(
      r =>
        `  ${r.engine.padEnd(7)} ${r.outcome} ${r.exitCode ?? ''}  paid ${say.amount(r.price)} to ${r.provider}\n          ${r.dir}`
    )
    return `${faults.length === 0 ? 'all of it held' : 'something did not hold'}\n${lines.join('\n')}\n`
  })
}

/** Offers travel by gossip: done when each node knows all of them. */
async function everyBookHas({ nodes }: LocalNetwork, count: number): Promise<void> {
  const deadline = Date.now() + 20_000
  for (const { name, client } of nodes.values()) {
    while ((await client.offers()).length < count) {
      if (Date.now() > deadline) throw new Error(`${name} did not learn all ${count} offers in 20 s`)
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
}

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
const say = new Narrator(values.json)
try {
  process.exitCode = (await demo(say)) ? 0 : 1
} catch (error) {
  say.failed(error)
  process.exitCode = 1
}
