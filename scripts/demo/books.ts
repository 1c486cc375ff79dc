import type { LocalNode } from '../lib/local-network.ts'
import type { JobReport } from './run-job.ts'

/** Everything an account has in tokens (wallet, free and locked in the escrow), smallest unit, by node name. */
export type Ledger = Record<string, string>

export async function ledgerOf(nodes: Map<string, LocalNode>): Promise<Ledger> {
  const ledger: Ledger = {}
  for (const { name, client } of nodes.values()) {
    const { wallet, free, locked } = await client.wallet()
    ledger[name] = (BigInt(wallet) + BigInt(free) + BigInt(locked)).toString()
  }
  return ledger
}

/** What is wrong with the balances: each must have changed by exactly what was paid and earned. */
export function checkBooks(
  before: Ledger,
  after: Ledger,
  reports: JobReport[],
  nodes: Map<string, LocalNode>
): string[] {
  const expected = new Map(Object.entries(before).map(([name, units]) => [name, BigInt(units)]))
  const add = (name: string, units: bigint) => expected.set(name, (expected.get(name) ?? 0n) + units)
  for (const { payer, provider, price } of reports) {
    const earner = [...nodes.values()].find(node => node.ready.account === provider)
    add(payer, -BigInt(price))
    add(earner?.name ?? 'nobody', BigInt(price))
  }
  return [...expected]
    .filter(([name, units]) => after[name] !== units.toString())
    .map(([name, units]) => `${name} has ${after[name]}, expected ${units}`)
}
