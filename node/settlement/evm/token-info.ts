import { parseAbi } from 'viem'
import { DCN_TOKEN, type TokenInfo } from '../../../protocols/common/network-document.ts'
import type { Address } from '../../../protocols/common/values.ts'
import { WrongContractError } from '../errors.ts'
import type { ChainClient } from './client.ts'
import { erc20Abi } from './tokens.ts'

const metadataAbi = parseAbi(['function symbol() view returns (string)', 'function decimals() view returns (uint8)'])
/** Longer ones are no names. */
const MAX_SYMBOL_CHARS = 16
/** For a symbol without a character that can be shown everywhere. */
const UNNAMED = 'tokens'
const NOBODY: Address = `0x${'00'.repeat(19)}01`

/**
 * What an existing token says of itself. Whether it moves exactly what it is told to shows at the first deposit: the escrow refuses
 * one that keeps a part.
 *
 * @throws WrongContractError
 */
export async function readToken(client: ChainClient, address: Address): Promise<TokenInfo> {
  try {
    const [symbol, decimals] = await Promise.all([
      client.readContract({ address, abi: metadataAbi, functionName: 'symbol' }),
      client.readContract({ address, abi: metadataAbi, functionName: 'decimals' }),
      client.readContract({ address, abi: erc20Abi, functionName: 'balanceOf', args: [NOBODY] }),
      client.readContract({ address, abi: erc20Abi, functionName: 'allowance', args: [NOBODY, NOBODY] })
    ])
    return { symbol: symbol.replace(/[^\x20-\x7e]/g, '').slice(0, MAX_SYMBOL_CHARS) || UNNAMED, decimals }
  } catch (cause) {
    throw new WrongContractError('the contract at the token address is no ERC-20 with symbol and decimals', {
      field: 'token',
      value: address,
      remedy: 'give the address of a token, or leave it out to deploy one',
      cause
    })
  }
}

/** What a network's document says of a token: nothing of the usual one. */
export function named(token: TokenInfo): { tokenInfo?: TokenInfo } {
  const isUsual = token.symbol === DCN_TOKEN.symbol && token.decimals === DCN_TOKEN.decimals
  return isUsual ? {} : { tokenInfo: token }
}
