/** What a request for a job came to: who brought it, and the digest that equal runs share. */
export interface Answer {
  agent: string
  digest: string
}

/** `open`: more than half may still agree; `undecided`: they cannot any more. */
export type Majority = { state: 'open' | 'undecided' } | { state: 'decided'; digest: string; agents: string[] }

/**
 * The digest that more than half of the requests for one job brought, each by another agent: one agent may win all of them, and be its own
 * provider. As in contracts/src/examples/AskMajority.sol, but for an agent that contradicts itself: nothing says here which word came
 * first, so it stands behind each. Either way a digest needs as many agents as a majority has requests, and no two digests have them.
 *
 * @param requests how many there are
 * @param open of them may still bring an answer
 */
export function majorityOf(requests: number, open: number, answers: readonly Answer[]): Majority {
  const agents = new Map<string, Set<string>>()
  for (const { agent, digest } of answers) agents.set(digest, (agents.get(digest) ?? new Set()).add(agent))
  const isMost = (count: number): boolean => 2 * count > requests
  for (const [digest, who] of agents) {
    if (isMost(who.size)) return { state: 'decided', digest, agents: [...who] }
  }
  const most = Math.max(0, ...[...agents.values()].map(who => who.size))
  return { state: isMost(most + open) ? 'open' : 'undecided' }
}
