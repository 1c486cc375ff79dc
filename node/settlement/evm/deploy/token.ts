import { parseAbi } from 'viem'
import type { Address } from '../../../../protocols/common/values.ts'
import { WrongContractError } from '../../errors.ts'
import type { ChainClient } from '../client.ts'
import { erc20Abi } from '../tokens.ts'

export interface TokenFacts {
  symbol: string
  decimals: number
}

/** The token that is deployed where none is given. */
export const DCN_TOKEN: TokenFacts = { symbol: 'DCN', decimals: 18 }

const metadataAbi = parseAbi(['function symbol() view returns (string)', 'function decimals() view returns (uint8)'])
/** Longer ones are no names. */
const MAX_SYMBOL_CHARS = 16
const NOBODY: Address = `0x${'00'.repeat(19)}01`

/**
 * What an existing token says of itself. Whether it moves exactly what it is told to shows at the first deposit: the escrow refuses
 * one that keeps a part.
 *
 * @throws WrongContractError
 */
export async function readToken(client: ChainClient, address: Address): Promise<TokenFacts> {
  try {
    const [symbol, decimals] = await Promise.all([
      client.readContract({ address, abi: metadataAbi, functionName: 'symbol' }),
      client.readContract({ address, abi: metadataAbi, functionName: 'decimals' }),
      client.readContract({ address, abi: erc20Abi, functionName: 'balanceOf', args: [NOBODY] }),
      client.readContract({ address, abi: erc20Abi, functionName: 'allowance', args: [NOBODY, NOBODY] })
    ])
    return { symbol: symbol.slice(0, MAX_SYMBOL_CHARS), decimals }
  } catch (cause) {
    throw new WrongContractError('the contract at the token address is no ERC-20 with symbol and decimals', {
      field: 'token',
      value: address,
      remedy: 'give the address of a token, or leave it out to deploy one',
      cause
    })
  }
}
