// What a Solidity or TypeScript developer needs of a contract: its interface and its code, as one JSON file each.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  blockhashRandomnessAbi,
  blockhashRandomnessBytecode
} from '../../node/settlement/evm/generated/blockhash-randomness.ts'
import { courtAbi, courtBytecode } from '../../node/settlement/evm/generated/court.ts'
import { dcnTokenAbi, dcnTokenBytecode } from '../../node/settlement/evm/generated/dcn-token.ts'
import { dealEscrowAbi, dealEscrowBytecode } from '../../node/settlement/evm/generated/deal-escrow.ts'
import { faucetAbi, faucetBytecode } from '../../node/settlement/evm/generated/faucet.ts'

const CONTRACTS = {
  BlockhashRandomness: { abi: blockhashRandomnessAbi, bytecode: blockhashRandomnessBytecode },
  Court: { abi: courtAbi, bytecode: courtBytecode },
  DcnToken: { abi: dcnTokenAbi, bytecode: dcnTokenBytecode },
  DealEscrow: { abi: dealEscrowAbi, bytecode: dealEscrowBytecode },
  Faucet: { abi: faucetAbi, bytecode: faucetBytecode }
}

/** `{ contractName, abi, bytecode }` in a file of the contract's name, as forge, hardhat and viem read it. */
export function writeAbis(dir: string): void {
  mkdirSync(dir, { recursive: true })
  for (const [contractName, contract] of Object.entries(CONTRACTS)) {
    writeFileSync(join(dir, `${contractName}.json`), `${JSON.stringify({ contractName, ...contract })}\n`)
  }
}
