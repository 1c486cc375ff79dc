import type { PrivateKeyAccount } from 'viem/accounts'
import { NETWORK_LIMITS, type NetworkDocument, tokenOf } from '../../protocols/common/network-document.ts'
import type { Clock } from '../components.ts'
import type { Journal } from '../journal/journal.ts'
import { evmSettlement } from './evm/index.ts'
import { noneSettlement } from './none/index.ts'
import type { Settlement, SettlementLogger } from './settlement.ts'

export interface SettlementComponents {
  account: PrivateKeyAccount
  journal: Journal
  log: SettlementLogger
  clock: Clock
}

/** The RPC addresses of a chain: an operator's own are asked first. */
export function rpcUrlsOf(
  chain: { rpcUrls: readonly string[] },
  { rpc }: { rpc: readonly string[] }
): readonly string[] {
  return [...new Set([...rpc, ...chain.rpcUrls])].slice(0, NETWORK_LIMITS.rpcUrls)
}

/** The settlement that the network's document names: its chain, or co-signed books where there is none. */
export function chooseSettlement(
  network: NetworkDocument,
  config: { rpc: readonly string[] },
  { account, journal, log, clock }: SettlementComponents
): Settlement {
  const { chain } = network
  if (chain === null) {
    const nowSec = () => Math.floor(clock.nowMs() / 1000)
    return noneSettlement({ network: network.id })({ account, journal, nowSec })
  }
  const init = {
    rpcUrls: rpcUrlsOf(chain, config),
    chainId: chain.chainId,
    escrow: chain.escrow,
    token: chain.token,
    tokenDecimals: tokenOf(network).decimals,
    ...(chain.court === undefined ? {} : { court: chain.court }),
    ...(chain.board === undefined ? {} : { board: chain.board }),
    ...(chain.modules === undefined ? {} : { modules: chain.modules }),
    startBlock: BigInt(chain.startBlock),
    confirmations: chain.confirmations,
    dev: chain.dev === true,
    ...(chain.pollMs === undefined ? {} : { pollMs: chain.pollMs })
  }
  return evmSettlement(init)({ account, journal, logger: log })
}
