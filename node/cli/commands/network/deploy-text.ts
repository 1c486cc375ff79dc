import { formatAmount, formatDuration } from '../../../../protocols/common/units.ts'
import type { Created } from '../../../settlement/evm/deploy/deployer.ts'
import type { Estimate } from '../../../settlement/evm/deploy/estimate.ts'
import type { Deployment } from '../../../settlement/evm/deploy/index.ts'
import type { DeploySettings } from '../../../settlement/evm/deploy/profiles.ts'
import { fields, money, table } from '../../text.ts'
import type { DeployRequest } from './deploy-options.ts'

/** Every EVM chain counts its coin in wei; nobody reads more than six decimals of a coin, or three of a gwei. */
const COIN = { drop: 10n ** 12n, decimals: 6 }
const GWEI = { drop: 10n ** 6n, decimals: 3 }

/** Rounded up: what is said to suffice does. */
const rounded = (wei: bigint, { drop, decimals }: typeof COIN): string =>
  formatAmount((wei + drop - 1n) / drop, decimals)
const coin = (wei: bigint): string => `${rounded(wei, COIN)} coin`
const grouped = (gas: bigint): string => gas.toString().replace(/\B(?=(\d{3})+$)/g, ',')
const time = (sec: number): string => (sec === 0 ? 'at once' : formatDuration(sec * 1000))

const NO_DRAW = `
warning: contracts on this chain do not see its block hashes: whoever knows how they are made can choose the seats of the court.
  Use it for deals without a committee alone (docs/production.md).
`

/** What would be deployed, by whom, and what it costs now. */
export function planText({ rpcUrl, token }: DeployRequest['what'], from: string, e: Estimate): string {
  const head = fields({
    chain: `${e.chainId} at ${rpcUrl}`,
    account: `${e.deployer} (${from})`,
    token: token === undefined ? `a new ${e.token.symbol}, all of it for the account` : `${e.token.symbol} ${token}`,
    settings: settingsText(e.settings, e.token)
  })
  const rows = e.contracts.map(c => [c.contract, grouped(c.gas), c.bytecodeHash])
  const cost = fields({
    price: `${coin(e.priceWei)} at ${rounded(e.gasPriceWei, GWEI)} gwei`,
    needed: `${coin(e.neededWei)}, with room for the fee to rise`,
    balance: `${coin(e.balanceWei)}${e.balanceWei < e.neededWei ? ': too little' : ''}`
  })
  return `${head}\n${table(['CONTRACT', 'GAS', 'BYTECODE (keccak256)'], [...rows, ['all', grouped(e.gas), '']], '')}\n${cost}${e.seesBlockHashes === false ? NO_DRAW : ''}`
}

export function settingsText(s: DeploySettings, token: Estimate['token']): string {
  return [
    `windows of at least ${time(s.minWindowSec)}`,
    `seat fee at least ${money(s.minSeatFee.toString(), token)}`,
    `seat stake ${money(s.seatStake.toString(), token)}`,
    `reveal ${time(s.revealWindowSec)}`,
    `appeal ${time(s.appealWindowSec)}`,
    `activation ${time(s.activationSec)}`,
    `exit ${time(s.exitDelaySec)}`
  ].join(', ')
}

export function createdText({ contract, address, gasUsed, isResumed }: Created): string {
  const cost = gasUsed === undefined ? '' : `, ${grouped(gasUsed)} gas`
  return `${contract} ${address}${isResumed ? ', there already' : cost}\n`
}

/** For scripts: amounts as text, coin in wei. */
export function planJson(e: Estimate): object {
  const wei = { gasPriceWei: e.gasPriceWei, priceWei: e.priceWei, neededWei: e.neededWei, balanceWei: e.balanceWei }
  return {
    ...{ chainId: e.chainId, deployer: e.deployer, token: e.token, settings: settingsJson(e.settings) },
    contracts: e.contracts.map(c => ({ ...c, gas: c.gas.toString() })),
    gas: e.gas.toString(),
    seesBlockHashes: e.seesBlockHashes ?? null,
    ...Object.fromEntries(Object.entries(wei).map(([key, value]) => [key, value.toString()]))
  }
}

export function settingsJson({ minSeatFee, seatStake, ...windows }: Omit<DeploySettings, 'minWindowSec'>): object {
  return { ...windows, minSeatFee: minSeatFee.toString(), seatStake: seatStake.toString() }
}

export interface Done extends Deployment {
  file: string
  network: { id: string; name: string }
}

export function doneJson({ startBlock, settings, ...done }: Done): object {
  return { ...done, startBlock: Number(startBlock), settings: settingsJson(settings) }
}

export function doneText({
  token,
  randomness,
  court,
  escrow,
  board,
  modules,
  startBlock,
  network,
  file
}: Done): string {
  const lines = fields({
    ...{ token, randomness, court, escrow, board, modules },
    block: String(startBlock),
    network: network.id,
    file
  })
  return `${lines}\nThe network is changed later by the node of the data directory that deployed it. The first node prints the line for the others:\n  dcn-node --role relay --network ${file}\n`
}
