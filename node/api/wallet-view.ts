import { type NetworkDocument, tokenOf } from '../../protocols/common/network-document.ts'
import type { CreatorState } from '../../protocols/deal/creator-types.ts'
import type { ProviderState } from '../../protocols/deal/provider-machine.ts'
import type { AbortOptions } from '../components.ts'
import type { HistoryQuery } from '../http/api.ts'
import type { HistoryView, WalletView } from '../http/views.ts'
import { CREATOR_KIND } from '../roles/creator/creator.ts'
import { REPLICA_KIND } from '../roles/creator/replica-groups.ts'
import { PROVIDER_KIND } from '../roles/provider/provider.ts'
import type { RoleParts } from '../roles/shared.ts'

export async function walletView(
  c: RoleParts & { network: NetworkDocument },
  options: AbortOptions = {}
): Promise<WalletView> {
  const { wallet, free, gas } = await c.settlement.balances(c.identity.account, options)
  return {
    account: c.identity.account,
    settlement: c.settlement.kind,
    token: tokenOf(c.network),
    wallet: wallet.toString(),
    // books without a chain may go below zero: what is owed is shown as nothing to spend
    free: (free < 0n ? 0n : free).toString(),
    ...(c.settlement.kind === 'none' ? { books: free.toString() } : {}),
    locked: locked(c).toString(),
    staked: (await staked(c, options)).toString(),
    gas: gas.toString()
  }
}

/** Where the money of this account went and came from. */
export async function historyView(
  c: RoleParts & { network: NetworkDocument },
  { limit, since }: HistoryQuery,
  options: AbortOptions = {}
): Promise<HistoryView> {
  const sinceSec = since === undefined ? {} : { sinceSec: Math.floor(since / 1000) }
  const { movements, complete } = await c.settlement.history({ limit, ...sinceSec, ...options })
  return {
    account: c.identity.account,
    settlement: c.settlement.kind,
    token: tokenOf(c.network),
    movements: movements.map(({ amount, atSec, blockNumber: _, ...rest }) => ({
      ...rest,
      amount: amount.toString(),
      at: atSec * 1000
    })),
    complete
  }
}

/** What this account has staked for seats, those that it is leaving included. */
async function staked({ settlement, identity }: RoleParts, options: AbortOptions): Promise<bigint> {
  const seats = (await settlement.court?.seats(options)) ?? []
  return seats.reduce((sum, seat) => (seat.owner === identity.account ? sum + seat.stake : sum), 0n)
}

/** What this account has in deals that were opened and have not ended. */
function locked({ journal }: RoleParts): bigint {
  const asked = [CREATOR_KIND, REPLICA_KIND].flatMap(kind => journal.list<CreatorState>(kind, { done: false }))
  const taken = journal.list<ProviderState>(PROVIDER_KIND, { done: false })
  const prices = asked.map(({ state }) => (isLocked(state.attempt, state.end) ? (state.attempt?.deal.price ?? 0n) : 0n))
  const collaterals = taken.map(({ state }) => (isLocked(state, state.end) ? state.deal.collateral : 0n))
  return [...prices, ...collaterals].reduce((sum, n) => sum + n, 0n)
}

const isLocked = (deal: { openTransaction?: string } | undefined, end: unknown): boolean =>
  deal?.openTransaction !== undefined && end === undefined
