import {
  type Abi,
  createTestClient,
  decodeErrorResult,
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  http,
  keccak256,
  publicActions,
  toHex,
  walletActions,
  zeroHash
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import {
  blockhashRandomnessAbi,
  blockhashRandomnessBytecode
} from '../../../node/settlement/evm/generated/blockhash-randomness.ts'
import { courtAbi, courtBytecode } from '../../../node/settlement/evm/generated/court.ts'
import { dcnTokenAbi, dcnTokenBytecode } from '../../../node/settlement/evm/generated/dcn-token.ts'
import { dealEscrowAbi, dealEscrowBytecode } from '../../../node/settlement/evm/generated/deal-escrow.ts'
import { lower, signDeal, toChainDeal } from '../../../node/settlement/typed-data.ts'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { Deal, Result } from '../../../protocols/deal/schema.ts'
import type { Dispute, DisputePhase, Seat, Standing } from '../../../protocols/mediation/types.ts'
import { startAnvil } from '../../../scripts/lib/anvil.ts'
import type { ToySettings } from './toy-seats.ts'

/** for a call, and for putting a contract there */
const CALL_GAS = 5_000_000n
const DEPLOY_GAS = 15_000_000n
/** any moment after the chain's own first block */
const START_SEC = 4_000_000_000n
const PHASES: (DisputePhase | undefined)[] = [undefined, 'drawing', 'voting', 'revealing', 'judged']
const STANDINGS: Standing[] = ['excused', 'drawn', 'committed', 'revealed', 'revealed', 'declined', 'excused']
const TICKETS = ['pending', 'ready', 'missed'] as const
const ERRORS: Abi = [...courtAbi, ...dealEscrowAbi, ...dcnTokenAbi].filter(item => item.type === 'error')

export interface Sent {
  /** name of the error it reverted with */
  error: string | undefined
  nowSec: number
  block: bigint
}

export type RealCourt = Awaited<ReturnType<typeof realCourt>>

/** The contracts on a chain of their own, called by anybody at moments of the caller's choice. */
export async function realCourt(settings: ToySettings, minSeatFee: bigint) {
  const anvil = await startAnvil()
  const client = createTestClient({ mode: 'anvil', transport: http(anvil.url) })
    .extend(publicActions)
    .extend(walletActions)
  await client.setAutomine(true)
  await client.setNextBlockTimestamp({ timestamp: START_SEC })
  await client.mine({ blocks: 1 })
  await client.request({ method: 'anvil_autoImpersonateAccount', params: [true] } as never)
  const [owner] = (await client.request({ method: 'eth_accounts' } as never)) as [Address]

  const nowSec = async () => Number((await client.getBlock()).timestamp)
  /** every block has a time of our choice, so that one seed gives one course of events */
  async function transact(from: Address, to: Address | undefined, data: Hex, atSec?: number) {
    await client.setNextBlockTimestamp({ timestamp: BigInt(atSec ?? (await nowSec()) + 1) })
    const gas = `0x${(to === undefined ? DEPLOY_GAS : CALL_GAS).toString(16)}`
    const request = { from, data, gas, ...(to === undefined ? {} : { to }) }
    const hash = (await client.request({ method: 'eth_sendTransaction', params: [request] } as never)) as Hex
    // answered a moment before the block is there
    for (;;) {
      const receipt = await client.getTransactionReceipt({ hash }).catch(onlyMissing)
      if (receipt !== undefined) return receipt
    }
  }
  const deploy = async (abi: Abi, bytecode: Hex, args: readonly unknown[]): Promise<Address> => {
    const { contractAddress, status } = await transact(owner, undefined, encodeDeployData({ abi, bytecode, args }))
    if (contractAddress == null || status !== 'success') throw new Error('the deployment failed')
    return lower(contractAddress)
  }
  const token = await deploy(dcnTokenAbi, dcnTokenBytecode, [owner, 10n ** 30n])
  const randomness = await deploy(blockhashRandomnessAbi, blockhashRandomnessBytecode, [])
  const nonce = BigInt(await client.getTransactionCount({ address: owner }))
  const expected = lower(getContractAddress({ from: owner, nonce: nonce + 1n }))
  const { seatStake, revealWindowSec, appealWindowSec, activationSec, exitDelaySec } = settings
  const windows = [revealWindowSec, appealWindowSec, activationSec, exitDelaySec].map(BigInt)
  const [revealWindow, appealWindow, activation, exitDelay] = windows
  const court = await deploy(courtAbi, courtBytecode, [
    expected,
    randomness,
    { seatStake, revealWindow, appealWindow, activation, exitDelay }
  ])
  const escrow = await deploy(dealEscrowAbi, dealEscrowBytecode, [token, court, 1n, minSeatFee])
  const domain = { chainId: anvil.chainId, escrow }

  /** Sends at a moment; a revert is told by the error's name. */
  async function send(from: Address, to: Address, data: Hex, atSec?: number): Promise<Sent> {
    const { status, blockNumber } = await transact(from, to, data, atSec)
    const { timestamp } = await client.getBlock({ blockNumber })
    const sent = { nowSec: Number(timestamp), block: blockNumber }
    if (status === 'success') return { ...sent, error: undefined }
    return { ...sent, error: await revertName(from, to, data, blockNumber) }
  }

  async function revertName(account: Address, to: Address, data: Hex, blockNumber: bigint): Promise<string> {
    const request = { from: account, to, data, gas: `0x${CALL_GAS.toString(16)}` }
    try {
      await client.request({ method: 'eth_call', params: [request, `0x${blockNumber.toString(16)}`] } as never)
      return 'none'
    } catch (error) {
      for (
        let here = error as { data?: unknown; cause?: unknown } | undefined;
        here != null;
        here = here.cause as never
      ) {
        if (typeof here.data === 'string' && here.data.length >= 10) {
          return decodeErrorResult({ abi: ERRORS, data: here.data as Hex }).errorName
        }
      }
      return 'Panic'
    }
  }

  const read = <T>(address: Address, abi: Abi, functionName: string, args: readonly unknown[]): Promise<T> =>
    client.readContract({ address, abi, functionName, args }) as Promise<T>

  return {
    client,
    court,
    escrow,
    stop: () => anvil.stop(),
    party: (n: number) => privateKeyToAccount(keccak256(toHex(`party ${n}`))),
    mine: (blocks: number) => client.mine({ blocks, interval: 1 }),
    freeOf: (account: Address) => read<bigint>(escrow, dealEscrowAbi, 'freeOf', [account]),
    callCourt: (from: Address, name: string, args: readonly unknown[], atSec?: number) =>
      send(from, court, encodeFunctionData({ abi: courtAbi as Abi, functionName: name, args }), atSec),
    callEscrow: (from: Address, name: string, args: readonly unknown[], atSec?: number) =>
      send(from, escrow, encodeFunctionData({ abi: dealEscrowAbi as Abi, functionName: name, args }), atSec),

    async fund(account: Address, amount: bigint): Promise<void> {
      await client.setBalance({ address: account, value: 10n ** 24n })
      const approve = encodeFunctionData({ abi: dcnTokenAbi, functionName: 'approve', args: [escrow, amount] })
      await transact(owner, token, approve)
      const deposit = encodeFunctionData({ abi: dealEscrowAbi, functionName: 'deposit', args: [account, amount] })
      await transact(owner, escrow, deposit)
    },

    /** opens a deal and submits its result */
    async submitted(
      deal: Deal,
      result: Result,
      creator: ReturnType<typeof privateKeyToAccount>,
      provider: ReturnType<typeof privateKeyToAccount>
    ): Promise<void> {
      const signatures = [await signDeal(creator, domain, deal), await signDeal(provider, domain, deal)]
      const open = encodeFunctionData({
        abi: dealEscrowAbi,
        functionName: 'open',
        args: [toChainDeal(deal), signatures[0] as Hex, signatures[1] as Hex]
      })
      const submit = encodeFunctionData({
        abi: dealEscrowAbi,
        functionName: 'submit',
        args: [toChainDeal(deal), result, '0x']
      })
      for (const data of [open, submit]) {
        const { error } = await send(lower(provider.address), escrow, data)
        if (error !== undefined) throw new Error(error)
      }
    },

    async seats(): Promise<Seat[]> {
      const count = await read<bigint>(court, courtAbi, 'seatCount', [])
      const page = await read<ChainSeat[]>(court, courtAbi, 'seatsFrom', [0n, count])
      return page.map(({ owner, from, exit, stake, risk, capabilities }, index) => ({
        index,
        owner: lower(owner),
        fromSec: from,
        ...(exit === 0 ? {} : { exitSec: exit }),
        stake,
        risk,
        capabilities: Number(capabilities)
      }))
    },

    async dispute(deal: Hex): Promise<Dispute | undefined> {
      const d = await read<ChainDispute>(court, courtAbi, 'disputeOf', [deal])
      const phase = PHASES[d.phase]
      if (phase === undefined) return undefined
      const [word, digest] = await read<[Hex, Hex]>(court, courtAbi, 'evidenceOf', [deal])
      const members = await read<ChainMember[]>(court, courtAbi, 'membersOf', [deal])
      const seats = await this.seats()
      const ticket = BigInt(word)
      const [status] = d.seeded
        ? [0]
        : await read<[number, Hex]>(randomness, blockhashRandomnessAbi, 'seedOf', [ticket])
      return {
        ...{ deal, phase, round: d.round, rearms: d.rearms, seeded: d.seeded, providerWrong: d.providerWrong },
        ...(d.seeded ? { seed: word } : { ticket, ticketStatus: TICKETS[status] ?? 'pending' }),
        ...{ first: d.first, seated: d.seated, committed: d.committed, revealed: d.revealed, cursor: d.cursor },
        ...{ seatCount: d.seatCount, challengedAtSec: d.challengedAt, roundAtSec: d.roundAt, deadlineSec: d.deadline },
        ...(digest === zeroHash ? {} : { digest }),
        members: members.map(({ seat, round, standing, vote }, index) => ({
          index,
          seat,
          owner: seats[seat]?.owner ?? '0x',
          round,
          standing: STANDINGS[standing] ?? 'excused',
          ...(BigInt(vote) === 0n ? {} : { vote }),
          ...(standing === 4 ? { orTimeout: true as const } : {})
        }))
      }
    }
  }
}

function onlyMissing(error: unknown): undefined {
  if (error instanceof Error && error.name === 'TransactionReceiptNotFoundError') return undefined
  throw error
}

interface ChainSeat {
  owner: Address
  from: number
  exit: number
  stake: bigint
  risk: bigint
  capabilities: bigint
}
interface ChainMember {
  seat: number
  round: number
  standing: number
  vote: Hex
}
interface ChainDispute {
  phase: number
  round: number
  rearms: number
  seeded: boolean
  providerWrong: boolean
  first: number
  seated: number
  committed: number
  revealed: number
  cursor: number
  seatCount: number
  challengedAt: number
  roundAt: number
  deadline: number
}
