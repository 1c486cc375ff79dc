import { type Abi, encodeDeployData, keccak256 } from 'viem'
import { type Address, fromHex, type Hex } from '../../../../protocols/common/values.ts'
import type { FaucetSettings } from '../../faucet.ts'
import {
  blockhashRandomnessAbi,
  blockhashRandomnessBytecode,
  blockhashRandomnessRuntime
} from '../generated/blockhash-randomness.ts'
import { courtAbi, courtBytecode, courtRuntime } from '../generated/court.ts'
import { dcnTokenAbi, dcnTokenBytecode, dcnTokenRuntime } from '../generated/dcn-token.ts'
import { dealEscrowAbi, dealEscrowBytecode, dealEscrowRuntime } from '../generated/deal-escrow.ts'
import { faucetAbi, faucetBytecode, faucetRuntime } from '../generated/faucet.ts'
import { jobBoardAbi, jobBoardBytecode, jobBoardRuntime } from '../generated/job-board.ts'
import { moduleRegistryAbi, moduleRegistryBytecode, moduleRegistryRuntime } from '../generated/module-registry.ts'
import type { DeploySettings } from './profiles.ts'

/** A contract as it was compiled. */
interface Compiled {
  abi: Abi
  bytecode: Hex
  /** what of the creation code stays on chain, and which of its bytes the constructor fills in: [position, length] */
  runtime: { at: number; bytes: number; immutables: readonly (readonly [number, number])[] }
}

const COMPILED = {
  DcnToken: { abi: dcnTokenAbi, bytecode: dcnTokenBytecode, runtime: dcnTokenRuntime },
  BlockhashRandomness: {
    abi: blockhashRandomnessAbi,
    bytecode: blockhashRandomnessBytecode,
    runtime: blockhashRandomnessRuntime
  },
  Court: { abi: courtAbi, bytecode: courtBytecode, runtime: courtRuntime },
  DealEscrow: { abi: dealEscrowAbi, bytecode: dealEscrowBytecode, runtime: dealEscrowRuntime },
  JobBoard: { abi: jobBoardAbi, bytecode: jobBoardBytecode, runtime: jobBoardRuntime },
  ModuleRegistry: { abi: moduleRegistryAbi, bytecode: moduleRegistryBytecode, runtime: moduleRegistryRuntime },
  Faucet: { abi: faucetAbi, bytecode: faucetBytecode, runtime: faucetRuntime }
} satisfies Record<string, Compiled>

export type ContractName = keyof typeof COMPILED

/** keccak256 of the creation bytecode without arguments, as in contracts/bytecode-hashes.json. */
export const bytecodeHash = (name: ContractName): Hex => keccak256(COMPILED[name].bytecode)

const initcode = (name: ContractName, args: readonly unknown[]): Hex =>
  encodeDeployData({ abi: COMPILED[name].abi as Abi, bytecode: COMPILED[name].bytecode, args })

/** How much code lies on chain afterwards. */
export const runtimeBytes = (name: ContractName): number => COMPILED[name].runtime.bytes

/** What is sent to put each contract on a chain. */
export const INITCODE = {
  token: (holder: Address, supply: bigint) => initcode('DcnToken', [holder, supply]),
  randomness: () => initcode('BlockhashRandomness', []),
  court: (escrow: Address, randomness: Address, s: DeploySettings) =>
    initcode('Court', [
      escrow,
      randomness,
      {
        seatStake: s.seatStake,
        revealWindow: BigInt(s.revealWindowSec),
        appealWindow: BigInt(s.appealWindowSec),
        activation: BigInt(s.activationSec),
        exitDelay: BigInt(s.exitDelaySec)
      }
    ]),
  escrow: (token: Address, court: Address, { minWindowSec, minSeatFee }: DeploySettings) =>
    initcode('DealEscrow', [token, court, BigInt(minWindowSec), minSeatFee]),
  board: (escrow: Address) => initcode('JobBoard', [escrow]),
  modules: () => initcode('ModuleRegistry', []),
  faucet: (token: Address, owner: Address, operator: Address, s: FaucetSettings) =>
    initcode('Faucet', [
      token,
      owner,
      operator,
      { coin: s.coin, tokens: s.tokens, interval: BigInt(s.intervalSec), dripsPerDay: BigInt(s.dripsPerDay) }
    ])
}

/** Whether code on chain is what was compiled here: byte for byte, but for what the constructor filled in. */
export function isCompiledFrom(code: Hex, name: ContractName): boolean {
  const { bytecode, runtime }: Compiled = COMPILED[name]
  const there = fromHex(code)
  const compiled = fromHex(bytecode).subarray(runtime.at, runtime.at + runtime.bytes)
  if (there.byteLength !== compiled.byteLength) return false
  const masked = Uint8Array.from(there)
  for (const [position, length] of runtime.immutables) masked.fill(0, position, position + length)
  return Buffer.compare(masked, compiled) === 0
}
