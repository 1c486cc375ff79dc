import assert from 'node:assert/strict'
import { keccak256 } from 'viem'
import { checkAnswer } from '../../../../../../node/settlement/evm/rpc/answers.ts'

const hash = (byte: string): string => `0x${byte.repeat(32)}`
const ESCROW = `0x${'ab'.repeat(20)}`
const block = { number: '0x10', hash: hash('01'), parentHash: hash('02'), timestamp: '0x5' }
const receipt = { transactionHash: hash('03'), blockNumber: '0x10', blockHash: hash('01'), status: '0x1', logs: [] }
const log = {
  address: ESCROW.toUpperCase().replace('0X', '0x'),
  topics: [hash('0a'), hash('0b')],
  data: '0x',
  blockNumber: '0x10',
  blockHash: hash('01'),
  transactionHash: hash('03'),
  logIndex: '0x0',
  removed: false
}
const filter = { address: ESCROW, topics: [[hash('0a'), hash('0c')], null], fromBlock: '0x8', toBlock: '0x18' }

describe('evm rpc: answers', () => {
  const fine: [method: string, params: unknown[], result: unknown][] = [
    ['eth_chainId', [], '0x1'],
    ['eth_call', [], '0x'],
    ['eth_getBlockByNumber', ['latest', false], block],
    ['eth_getBlockByNumber', ['0x10', false], block],
    ['eth_getBlockByNumber', ['0x11', false], null],
    ['eth_getTransactionReceipt', [hash('03')], receipt],
    ['eth_getTransactionReceipt', [hash('03')], null],
    ['eth_sendRawTransaction', ['0x1234'], keccak256('0x1234')],
    ['eth_getLogs', [filter], []],
    ['eth_getLogs', [filter], [log, { ...log, logIndex: '0x1' }]],
    ['eth_getLogs', [{ address: ESCROW, blockHash: hash('01') }], [log]],
    ['anvil_anything', [], { any: 'thing' }]
  ]
  for (const [method, params, result] of fine) {
    it(`default: ${method} ${JSON.stringify(result).slice(0, 40)}`, () => checkAnswer({ method, params }, result))
  }

  const garbage: [method: string, params: unknown[], result: unknown][] = [
    ['eth_chainId', [], 'one'],
    ['eth_blockNumber', [], null],
    ['eth_getBalance', [], 12],
    ['eth_estimateGas', [], `0x${'f'.repeat(65)}`],
    ['eth_getCode', [], '0x1'],
    ['eth_getBlockByNumber', ['latest', false], null],
    ['eth_getBlockByNumber', ['latest', false], { ...block, hash: '0x' }],
    ['eth_getBlockByNumber', ['latest', false], { ...block, timestamp: 'soon' }],
    ['eth_getBlockByNumber', ['latest', false], { ...block, baseFeePerGas: 'low' }],
    ['eth_getTransactionReceipt', [hash('03')], 'mined'],
    ['eth_getTransactionReceipt', [hash('03')], { ...receipt, status: 'ok' }],
    ['eth_sendRawTransaction', ['0x1234'], true],
    ['eth_getLogs', [filter], { logs: [] }],
    ['eth_getLogs', [filter], [{ ...log, topics: 'none' }]],
    ['eth_getLogs', [filter], [{ ...log, data: 'zz' }]]
  ]
  for (const [method, params, result] of garbage) {
    it(`error: garbage, ${method} ${JSON.stringify(result)?.slice(0, 60)}`, () => {
      assert.throws(() => checkAnswer({ method, params }, result), { name: 'EndpointFault', kind: 'garbage' })
    })
  }

  const lies: [title: string, method: string, params: unknown[], result: unknown][] = [
    ['a block of another height', 'eth_getBlockByNumber', ['0x11', false], block],
    ['a block of another hash', 'eth_getBlockByHash', [hash('09'), false], block],
    ['the receipt of another transaction', 'eth_getTransactionReceipt', [hash('04')], receipt],
    ['the hash of another transaction', 'eth_sendRawTransaction', ['0x1234'], hash('05')],
    ['a log of another contract', 'eth_getLogs', [filter], [{ ...log, address: `0x${'cd'.repeat(20)}` }]],
    ['a log with another topic', 'eth_getLogs', [filter], [{ ...log, topics: [hash('0d')] }]],
    ['a log without topics', 'eth_getLogs', [filter], [{ ...log, topics: [] }]],
    ['a log from before the range', 'eth_getLogs', [filter], [{ ...log, blockNumber: '0x7' }]],
    ['a log from after the range', 'eth_getLogs', [filter], [{ ...log, blockNumber: '0x19' }]],
    ['a log of another block', 'eth_getLogs', [{ blockHash: hash('0f') }], [log]],
    ['a removed log', 'eth_getLogs', [filter], [{ ...log, removed: true }]],
    ['one log twice', 'eth_getLogs', [filter], [log, log]],
    ['two blocks at one height', 'eth_getLogs', [filter], [log, { ...log, blockHash: hash('08') }]]
  ]
  for (const [title, method, params, result] of lies) {
    it(`error: a lie, ${title}`, () => {
      assert.throws(() => checkAnswer({ method, params }, result), { name: 'EndpointFault', kind: 'lie' })
    })
  }
})
