import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Abi, type AbiParameter, encodeErrorResult, type Hex, parseAbi } from 'viem'
import { fromRevertData } from '../../../../../../node/settlement/evm/errors/revert-data.ts'
import { UserError } from '../../../../../../protocols/common/errors.ts'

const GENERATED = join(import.meta.dirname, '../../../../../../node/settlement/evm/generated')
const ADDRESS = `0x${'ab'.repeat(20)}`

/** Some value of a Solidity type; what it is does not matter here. */
function sample(parameter: AbiParameter): unknown {
  const { type } = parameter
  const array = /^(.*)\[(\d*)\]$/.exec(type)
  if (array !== null) {
    const item = { ...parameter, type: array[1] ?? '' }
    return Array.from({ length: Number(array[2] || 1) }, () => sample(item))
  }
  if (type === 'tuple' && 'components' in parameter) {
    return Object.fromEntries(parameter.components.map(c => [c.name, sample(c)]))
  }
  if (type === 'address') return ADDRESS
  if (type === 'bool') return true
  if (type === 'string') return 'text'
  if (type === 'bytes') return '0x1234'
  if (type.startsWith('bytes')) return `0x${'11'.repeat(Number(type.slice(5)))}`
  return Number(/\d+$/.exec(type)?.[0] ?? 256) > 48 ? 7n : 1
}

async function generatedAbis(): Promise<[contract: string, abi: Abi][]> {
  const files = readdirSync(GENERATED).filter(name => name.endsWith('.ts'))
  const modules = await Promise.all(files.map(name => import(join(GENERATED, name)) as Promise<object>))
  return modules.flatMap(module => Object.entries(module).filter(([name]) => name.endsWith('Abi')))
}

describe('evm: errors of the contracts', () => {
  it('default: each error of each contract is a sentence with a remedy', async () => {
    const abis = await generatedAbis()
    assert.ok(abis.length >= 2)
    const bad: string[] = []
    for (const [contract, abi] of abis) {
      for (const item of abi.filter(entry => entry.type === 'error')) {
        const data = encodeErrorResult({ abi: [item], errorName: item.name, args: item.inputs.map(sample) })
        const error = fromRevertData(data)
        const isSentence = error instanceof UserError && /^\S+( \S+){2,}[^.]$/.test(error.message)
        const isKnown = !/not known here/.test(error.message) && !error.message.includes('undefined')
        if (!isSentence || !isKnown || (error.remedy ?? '').length < 8) bad.push(`${contract} ${item.name}: ${error}`)
      }
    }
    assert.deepEqual(bad, [])
  })

  it("behavior: the contract's own numbers are given", () => {
    const abi = parseAbi(['error InsufficientFree(address account, uint256 free, uint256 needed)'])
    const data = encodeErrorResult({ abi, errorName: 'InsufficientFree', args: [ADDRESS as Hex, 3n, 5n] })
    const { name, field, value, limit } = fromRevertData(data)
    assert.deepEqual([name, field, value, limit], ['InsufficientBalanceError', 'free', 3n, '5'])
  })

  it('behavior: the reasons of contracts without errors of their own', () => {
    const abi = parseAbi(['error Error(string)', 'error Panic(uint256)'])
    const text = fromRevertData(encodeErrorResult({ abi, errorName: 'Error', args: ['ERC20: amount exceeds balance'] }))
    assert.match(text.message, /ERC20: amount exceeds balance/)
    const panic = fromRevertData(encodeErrorResult({ abi, errorName: 'Panic', args: [0x11n] }))
    for (const { name, remedy } of [text, panic]) {
      assert.equal(name, 'TransactionRevertedError')
      assert.match(remedy ?? '', /balance/)
    }
  })

  it('error: what is unknown or cut off still gives a remedy', () => {
    const known = parseAbi(['error NonceUsed(address creator, uint256 nonce)'])
    const whole = encodeErrorResult({ abi: known, errorName: 'NonceUsed', args: [ADDRESS as Hex, 1n] })
    for (const data of ['0xdeadbeef', whole.slice(0, 40), `0xdeadbeef${'00'.repeat(10_000)}`] as Hex[]) {
      const { name, remedy, value } = fromRevertData(data)
      assert.equal(name, 'TransactionRevertedError')
      assert.ok(remedy !== undefined && String(value).length < 100)
    }
  })
})
