import { decodeFunctionData, type Transaction } from 'viem'
import { z } from 'zod'
import { messageOf } from '../../../protocols/common/errors.ts'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import { type SignedDeal, signedDeal } from '../../../protocols/deal/schema.ts'
import { DealUnreadableError } from '../errors.ts'
import { hashDeal, lower, type toChainDeal } from '../typed-data.ts'
import type { Source } from './client.ts'
import { dealEscrowAbi } from './generated/deal-escrow.ts'
import { findDealEvent } from './logs.ts'

/** A batch of 64 openings has 57 KB: what is longer is something else, and is not decoded. */
const MAX_INPUT_CHARS = 2 * 64 * 1024

type Call = ReturnType<typeof decodeFunctionData<typeof dealEscrowAbi>>
type ChainDeal = ReturnType<typeof toChainDeal>
type Opening = readonly [terms: ChainDeal, creatorSignature: Hex | undefined, providerSignature: Hex | undefined]

/** What each call of the escrow that can open deals says of them. */
const OPENINGS: { [N in Call['functionName']]?: (args: Extract<Call, { functionName: N }>['args']) => Opening[] } = {
  open: ([terms, creator, provider]) => [[terms, creator, provider]],
  openAndSettle: ([terms, _result, creator, provider]) => [[terms, creator, provider]],
  openMany: ([deals, creators, providers]) => deals.map((terms, i) => [terms, creators[i], providers[i]])
}

/**
 * The terms of a deal from the transaction that opened it. The chain node may lie: what it gives is hashed again, and counts only
 * when it is the deal of that id.
 *
 * @throws DealUnreadableError when it was opened in a way that does not show its terms
 */
export async function readDealTerms(
  source: Source,
  escrow: { escrow: Address; startBlock: bigint },
  id: Hex
): Promise<SignedDeal | undefined> {
  const opened = await findDealEvent(source, escrow, id, 'opened')
  if (opened === undefined) return undefined
  const transaction = await source.client.getTransaction({ hash: opened.transaction })
  return decodeOpen(transaction, escrow.escrow, id)
}

/** @throws DealUnreadableError */
export function decodeOpen(
  { to, input, hash }: Pick<Transaction, 'to' | 'input' | 'hash'>,
  escrow: Address,
  id: Hex
): SignedDeal {
  const fail = (why: string, cause?: unknown) => new DealUnreadableError(id, hash, why, cause)
  if (to === null || lower(to) !== escrow) throw fail('it was opened through another contract')
  if (input.length > MAX_INPUT_CHARS) throw fail('the call is too long to be one that opens deals')
  let openings: Opening[]
  try {
    openings = openingsOf(input)
  } catch (cause) {
    throw fail(messageOf(cause).split('\n', 1)[0] ?? 'the call cannot be decoded', cause)
  }
  for (const opening of openings) {
    const signed = toSigned(opening)
    if (signed !== undefined && hashDeal(signed.deal) === id) return signed
  }
  throw fail('the call does not open this deal')
}

function openingsOf(input: Hex): Opening[] {
  const call = decodeFunctionData({ abi: dealEscrowAbi, data: input })
  // the table's own type ties each name to its arguments
  return (OPENINGS[call.functionName] as ((args: unknown) => Opening[]) | undefined)?.(call.args) ?? []
}

/** Undefined for what the contract takes and our schema does not: amounts of 2^96 and more. */
function toSigned([terms, creatorSignature, providerSignature]: Opening): SignedDeal | undefined {
  const { submitWindow, reviewWindow, voteWindow, committee, needs, openBefore, ...rest } = terms
  const deal = {
    ...rest,
    creator: lower(rest.creator),
    provider: lower(rest.provider),
    submitWindow: Number(submitWindow),
    reviewWindow: Number(reviewWindow),
    voteWindow: Number(voteWindow),
    committee: Number(committee),
    needs: Number(needs),
    openBefore: Number(openBefore)
  }
  const signed = { deal, creatorSignature, providerSignature }
  return z.safeEncode(signedDeal, signed as SignedDeal).success ? (signed as SignedDeal) : undefined
}
