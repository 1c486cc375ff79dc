import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { type Abi, createWalletClient, type Hex, http } from 'viem'
import { connect } from '../../../../../node/settlement/evm/client.ts'
import { devAccount } from '../../../../../node/settlement/evm/create-chain.ts'
import { deployContracts } from '../../../../../node/settlement/evm/deploy/index.ts'
import { lower } from '../../../../../node/settlement/typed-data.ts'
import { type TestChain, testChain } from '../../../../helpers/evm.ts'

/** An ERC-20 as it was before ERC-2612: no permit, no domain. */
const SOURCE = `
pragma solidity ^0.8.28;
contract PlainToken {
  string public constant symbol = "PLAIN";
  uint8 public constant decimals = 6;
  mapping(address => uint256) public balanceOf;
  mapping(address => mapping(address => uint256)) public allowance;
  constructor() { balanceOf[msg.sender] = 1e24; }
  function approve(address spender, uint256 amount) external returns (bool) {
    allowance[msg.sender][spender] = amount; return true;
  }
  function transfer(address to, uint256 amount) external returns (bool) {
    balanceOf[msg.sender] -= amount; balanceOf[to] += amount; return true;
  }
  function transferFrom(address from, address to, uint256 amount) external returns (bool) {
    allowance[from][msg.sender] -= amount; balanceOf[from] -= amount; balanceOf[to] += amount; return true;
  }
}`

function compile(): { abi: Abi; bytecode: Hex } {
  const solc = createRequire(import.meta.url)('solc') as { compile(input: string): string }
  const input = {
    language: 'Solidity',
    sources: { 'PlainToken.sol': { content: SOURCE } },
    settings: { evmVersion: 'cancun', outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } } }
  }
  const { contracts } = JSON.parse(solc.compile(JSON.stringify(input)))
  const { abi, evm } = contracts['PlainToken.sol'].PlainToken
  return { abi, bytecode: `0x${evm.bytecode.object}` }
}

describe('evm: a token without permit', () => {
  let chain: TestChain

  before(async () => {
    chain = await testChain()
  })
  after(() => chain.stop())

  it('behavior: deposits by approval', async () => {
    const account = devAccount()
    const client = connect(chain.init)
    const wallet = createWalletClient({ account, chain: client.chain, transport: http(chain.url) })
    const hash = await wallet.deployContract({ ...compile(), chain: client.chain ?? null })
    const { contractAddress } = await client.waitForTransactionReceipt({ hash, pollingInterval: 20 })
    const token = lower(contractAddress ?? '')
    const deployed = await deployContracts({ rpcUrl: chain.url, account, profile: 'dev', token, pollMs: 20 })
    assert.equal(deployed.token, token)
    const { escrow, startBlock } = deployed
    const unfunded = await chain.party({ escrow, token, startBlock, tokens: 0n })
    const to = unfunded.settlement.account
    await wallet.writeContract({
      chain: client.chain ?? null,
      address: token,
      abi: compile().abi,
      functionName: 'transfer',
      args: [to, 100n]
    })
    assert.equal(await unfunded.settlement.ensureFree(60n), true)
    const { wallet: left, free } = await unfunded.settlement.balances()
    assert.deepEqual([left, free], [40n, 60n])
  })
})
