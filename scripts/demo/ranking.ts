import type { LocalNetwork } from '../lib/local-network.ts'
import type { DemoJob } from './jobs.ts'
import type { Narrator } from './narrator.ts'

/** Asks every node to rank the same job over its own book. @throws Error when two nodes disagree */
export async function rankEverywhere(say: Narrator, { nodes }: LocalNetwork, job: DemoJob): Promise<string[]> {
  const orders = new Map<string, string[]>()
  let first: { account: string; ask: string }[] = []
  for (const { name, client } of nodes.values()) {
    const { candidates } = await client.rank(job.spec)
    const key = candidates.map(c => c.account).join(' ')
    orders.set(key, [...(orders.get(key) ?? []), name])
    first = candidates
  }
  if (orders.size !== 1) throw new Error(`nodes rank differently: ${JSON.stringify([...orders])}`)
  const nameOf = (account: string) => [...nodes.values()].find(n => n.ready.account === account)?.name ?? account
  say.step(
    `${job.engine}: ${nodes.size} nodes rank alike: ${first.map(c => `${nameOf(c.account)} ${say.amount(c.ask)}`).join(', ')}`,
    {
      ranking: first.map(({ account, ask }) => ({ account, ask }))
    }
  )
  return first.map(c => c.account)
}
