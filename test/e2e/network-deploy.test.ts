import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTestClient, http } from 'viem'
import { loadPeerSeed } from '../../node/config/identity.ts'
import type { JobView, NodeInfo } from '../../node/http/views.ts'
import { peerSigner } from '../../node/network/peer-signer.ts'
import { connect } from '../../node/settlement/evm/client.ts'
import { devAccount } from '../../node/settlement/evm/create-chain.ts'
import { networkFromJson, networkToJson } from '../../protocols/common/network-document.ts'
import { revise } from '../../protocols/network/revise.ts'
import { type Anvil, startAnvil } from '../../scripts/lib/anvil.ts'
import { ByHand } from './support/by-hand.ts'
import { dcn, dcnNode, startDcnNode } from './support/cli.ts'
import { built, temporaryDir } from './support/lab.ts'

const MODULE = `export default ({ outputs }) => outputs.write('/outputs/done.txt', 'yes')\n`
const PHRASE = 'a phrase for a test'

interface Plan {
  gas: string
  priceWei: string
  contracts: { contract: string; bytecodeHash: string }[]
}
interface Done {
  token: string
  court: string
  escrow: string
  network: { id: string }
}
const readNetwork = (path: string) => networkFromJson(JSON.parse(readFileSync(path, 'utf8')))

describe('dcn network deploy', function () {
  this.timeout(120_000)

  describe('a network on the contracts that it put on a chain', () => {
    let hand: ByHand
    let plan: Plan | undefined
    let done: Done | undefined
    let sentByPlan: number | undefined

    before(async function () {
      // the first file of a run compiles and bundles
      this.timeout(240_000)
      hand = await ByHand.start({ chain: true, prepare })
      await Promise.all([
        hand.join('provider', ['--role', 'provider', '--engines', 'js', '--insecure-dev-keys']),
        hand.join('creator', ['--role', 'creator', '--insecure-dev-keys'])
      ])
      await writeFile(join(hand.dir, 'job.mjs'), MODULE)
      await hand.everybodyKnows(1)
    })
    after(() => hand.stop())

    async function prepare({ dir, anvil }: ByHand): Promise<readonly string[]> {
      const url = anvil?.url ?? ''
      const flags = ['network', 'deploy', '--rpc', url, '--profile', 'dev', '--json']
      const options = { cwd: dir, node: join(dir, 'deployer') }
      plan = (await dcn([...flags, '--dry-run'], options)).json<Plan>()[0]
      sentByPlan = await connect({ rpcUrls: [url], chainId: 31_337 }).getTransactionCount(devAccount())
      const deployed = await dcn([...flags, '--out', 'lab.json', '--yes'], options)
      assert.equal(deployed.code, 0, deployed.stderr)
      done = deployed.json<Done>()[0]
      return ['--network', 'lab.json']
    }

    it('default: the dry run prices every contract by its published bytecode, and sends nothing', () => {
      const hashes = JSON.parse(readFileSync('contracts/bytecode-hashes.json', 'utf8')) as Record<string, string>
      const priced = Object.fromEntries(plan?.contracts.map(c => [c.contract, c.bytecodeHash]) ?? [])
      // a faucet is deployed by itself
      const { Faucet, ...ofNetwork } = hashes
      assert.match(Faucet ?? '', /^0x[0-9a-f]{64}$/)
      assert.deepEqual(priced, ofNetwork)
      assert.ok(BigInt(plan?.gas ?? 0) > 5_000_000n && BigInt(plan?.priceWei ?? 0) > 0n)
      assert.equal(sentByPlan, 0)
    })

    it('default: the document names what was deployed, and a job is paid there', async () => {
      const { id, chain } = readNetwork(join(hand.dir, 'lab.json'))
      assert.deepEqual(
        [id, chain?.escrow, chain?.court, chain?.token],
        [done?.network.id, done?.escrow, done?.court, done?.token]
      )
      const [info] = (await hand.dcn('creator', 'node', '--json')).json<NodeInfo>()
      assert.deepEqual([info?.network.id, info?.network.settlement], [id, 'evm'])
      const ran = await hand.dcn('creator', 'js', 'run', 'job.mjs', '--out', 'out', '--json')
      assert.equal(ran.code, 0, ran.stdout + ran.stderr)
      const { job } = ran.json().at(-1) as unknown as { job: JobView }
      assert.equal(job.state, 'done')
      assert.ok(BigInt(job.price ?? 0) > 0n)
    })
  })

  describe('on a chain that is no toy', () => {
    let dir: string
    let anvil: Anvil
    let account = ''

    before(async () => {
      await built()
      dir = await temporaryDir()
      anvil = await startAnvil({ chainId: 4242 })
      const made = await run('wallet', 'new', '--json')
      account = made.json<{ account: string }>()[0]?.account ?? ''
    })
    after(async () => {
      await anvil.stop()
      await rm(dir, { recursive: true, force: true })
    })

    const run = (...args: string[]) => dcn(args, { cwd: dir, node: dir, env: { DCN_PASSPHRASE: PHRASE } })
    const deploy = (...args: string[]) => run('network', 'deploy', '--rpc', anvil.url, ...args)

    it('error: without coin, and without anybody to confirm', async () => {
      const poor = await deploy('--out', 'poor.json', '--yes', '--json')
      assert.equal(poor.code, 5, poor.stderr)
      assert.equal(poor.json<{ error: { name: string } }>()[0]?.error.name, 'InsufficientGasError')
      const control = createTestClient({ mode: 'anvil', transport: http(anvil.url) })
      await control.setBalance({ address: account as `0x${string}`, value: 10n ** 18n })
      assert.equal((await deploy('--out', 'asked.json')).code, 2)
    })

    it('default: the keystore of the data directory pays; a second network takes the token of the first', async () => {
      const first = await deploy('--out', 'first.json', '--yes')
      assert.equal(first.code, 0, first.stderr)
      assert.match(first.stderr, /DealEscrow +[\d,]+ +0x[0-9a-f]{64}/)
      const { token = '' } = readNetwork(join(dir, 'first.json')).chain ?? {}
      const second = await deploy('--out', 'second.json', '--yes', '--json', '--token', token, '--seat-stake', '25')
      assert.equal(second.code, 0, second.stderr)
      const { chain } = readNetwork(join(dir, 'second.json'))
      assert.deepEqual([chain?.chainId, chain?.token, chain?.confirmations, chain?.dev], [4242, token, 2, undefined])
      const node = startDcnNode(['--network', 'second.json', '--role', 'relay', '--data-dir', 'relay', '--json'], {
        cwd: dir,
        env: { DCN_PASSPHRASE: PHRASE }
      })
      await node.says(/"event":"ready"/)
      node.process.kill('SIGINT')
      assert.equal((await node.ended).code, 0)
    })

    it('default: anybody can compare the contracts with those of the sources', async () => {
      const verified = await run('network', 'verify', 'second.json', '--json')
      assert.equal(verified.code, 0, verified.stderr)
      const [seen] = verified.json<{ contracts: { contract: string; isOurs: boolean }[] }>()
      assert.deepEqual(
        seen?.contracts.map(c => [c.contract, c.isOurs]),
        ['DcnToken', 'DealEscrow', 'Court', 'BlockhashRandomness', 'JobBoard', 'ModuleRegistry'].map(name => [
          name,
          true
        ])
      )
      assert.match((await run('network', 'verify', 'first.json')).stdout, /Court .* as compiled here/)
    })

    it('error: a document that names another court than the escrow does', async () => {
      const second = readNetwork(join(dir, 'second.json'))
      const { chain } = second
      assert.ok(chain !== null)
      // the directory that deployed it owns it
      const owner = peerSigner(await loadPeerSeed(dir))
      const wrong = revise(second, { chain: { ...chain, court: chain.escrow } }, owner, second.issuedAt + 1)
      await writeFile(join(dir, 'wrong.json'), networkToJson(wrong))
      await writeFile(join(dir, 'forged.json'), networkToJson({ ...wrong, signature: second.signature }))
      const nameOf = async (file: string) => {
        const ended = await dcnNode(['--network', file, '--role', 'relay', '--data-dir', 'wrong', '--json'], {
          cwd: dir,
          env: { DCN_PASSPHRASE: PHRASE }
        })
        return ended.json<{ error: { name: string } }>().at(-1)?.error.name
      }
      assert.equal(await nameOf('forged.json'), 'BadSignatureError')
      assert.equal(await nameOf('wrong.json'), 'WrongContractError')
    })
  })
})
