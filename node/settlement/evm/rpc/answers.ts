import { keccak256, type Hex as ViemHex } from 'viem'
import { EndpointFault } from './faults.ts'
import type { RpcCall } from './http.ts'

type Fields = Record<string, unknown>
/** What is wrong with an answer, or nothing. `lie: ` marks what an honest node cannot say; the rest is garbage. */
type Check = (result: unknown, params: readonly unknown[]) => string | undefined

const isQuantity = (value: unknown): value is string => typeof value === 'string' && /^0x[0-9a-fA-F]{1,64}$/.test(value)
const isData = (value: unknown): boolean =>
  typeof value === 'string' && value.length % 2 === 0 && /^0x[0-9a-fA-F]*$/.test(value)
const isHash = (value: unknown): value is string => typeof value === 'string' && /^0x[0-9a-fA-F]{64}$/.test(value)
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const same = (a: unknown, b: unknown): boolean =>
  typeof a === 'string' && typeof b === 'string' && a.toLowerCase() === b.toLowerCase()

const quantity: Check = result => (isQuantity(result) ? undefined : 'no number')
const data: Check = result => (isData(result) ? undefined : 'no bytes')

const block: Check = (result, [asked]) => {
  if (result === null) return isQuantity(asked) || isHash(asked) ? undefined : 'no block'
  if (!isFields(result) || !isQuantity(result['number']) || !isHash(result['hash'])) return 'no block'
  if (!isQuantity(result['timestamp']) || !isHash(result['parentHash'])) return 'no block'
  const { baseFeePerGas } = result
  if (baseFeePerGas !== undefined && baseFeePerGas !== null && !isQuantity(baseFeePerGas)) return 'no block'
  if (isHash(asked)) return same(result['hash'], asked) ? undefined : 'lie: another block than was asked for'
  if (!isQuantity(asked)) return undefined
  return BigInt(result['number']) === BigInt(asked) ? undefined : 'lie: another block than was asked for'
}

const receipt: Check = (result, [asked]) => {
  if (result === null) return undefined
  if (!isFields(result) || !isQuantity(result['blockNumber']) || !isHash(result['blockHash'])) return 'no receipt'
  if (!['0x0', '0x1'].includes(String(result['status'])) || !Array.isArray(result['logs'])) return 'no receipt'
  return same(result['transactionHash'], asked) ? undefined : 'lie: the receipt of another transaction'
}

/** The hash of what was sent is known before it is sent. */
const sent: Check = (result, [raw]) => {
  if (!isHash(result)) return 'no hash'
  return same(result, keccak256(raw as ViemHex)) ? undefined : 'lie: the hash of another transaction'
}

const logs: Check = (result, [asked]) => {
  if (!Array.isArray(result)) return 'no list of logs'
  const filter = isFields(asked) ? asked : {}
  const seen = new Set<string>()
  const hashOf = new Map<string, string>()
  for (const log of result as unknown[]) {
    if (!isLog(log)) return 'no log'
    const wrong = outsideOf(filter, log)
    if (wrong !== undefined) return `lie: a log ${wrong}`
    const { blockNumber, blockHash, logIndex } = log
    if ((hashOf.get(blockNumber) ?? blockHash) !== blockHash) return 'lie: two blocks at one height'
    hashOf.set(blockNumber, blockHash)
    const place = `${blockHash}:${BigInt(logIndex)}`
    if (seen.has(place)) return 'lie: one log twice'
    seen.add(place)
  }
  return undefined
}

interface RawLog {
  address: string
  topics: readonly string[]
  blockNumber: string
  blockHash: string
  logIndex: string
  removed: unknown
}

function isLog(log: unknown): log is RawLog {
  if (!isFields(log) || typeof log['address'] !== 'string' || !isData(log['data'])) return false
  if (!isQuantity(log['blockNumber']) || !isHash(log['blockHash']) || !isHash(log['transactionHash'])) return false
  const { topics, logIndex } = log
  return isQuantity(logIndex) && Array.isArray(topics) && topics.length <= 4 && topics.every(isHash)
}

/** How a log differs from what was asked for. */
function outsideOf({ address, topics, fromBlock, toBlock, blockHash }: Fields, log: RawLog): string | undefined {
  if (log.removed === true) return 'that was removed'
  if (address !== undefined && !anyOf(address, log.address)) return 'of another contract'
  const wanted = Array.isArray(topics) ? topics : []
  if (!wanted.every((topic, i) => topic === null || anyOf(topic, log.topics[i]))) return 'that was not asked for'
  const number = BigInt(log.blockNumber)
  if (isQuantity(fromBlock) && number < BigInt(fromBlock)) return 'from before the range'
  if (isQuantity(toBlock) && number > BigInt(toBlock)) return 'from after the range'
  if (blockHash !== undefined && !same(blockHash, log.blockHash)) return 'of another block'
  return undefined
}

const anyOf = (wanted: unknown, value: unknown): boolean =>
  Array.isArray(wanted) ? wanted.some(one => same(one, value)) : same(wanted, value)

/** Methods that are asked here; the answers of others (a development node's own) are taken as they come. */
const CHECKS: Readonly<Record<string, Check>> = {
  eth_chainId: quantity,
  eth_blockNumber: quantity,
  eth_gasPrice: quantity,
  eth_maxPriorityFeePerGas: quantity,
  eth_estimateGas: quantity,
  eth_getBalance: quantity,
  eth_getTransactionCount: quantity,
  eth_getCode: data,
  eth_call: data,
  eth_getBlockByNumber: block,
  eth_getBlockByHash: block,
  eth_getTransactionReceipt: receipt,
  eth_sendRawTransaction: sent,
  eth_getLogs: logs
}

/** Whether an honest node can answer a question so. @throws EndpointFault named garbage or lie */
export function checkAnswer({ method, params }: RpcCall, result: unknown): void {
  const wrong = CHECKS[method]?.(result, Array.isArray(params) ? params : [])
  if (wrong === undefined) return
  const lie = wrong.startsWith('lie: ')
  const said = lie ? wrong.slice('lie: '.length) : wrong
  throw new EndpointFault(lie ? 'lie' : 'garbage', `it answers ${method} with ${said}`)
}
