import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import {
  type Abi,
  createPublicClient,
  createTestClient,
  createWalletClient,
  fromHex,
  type Hex,
  http,
  parseAbi,
  parseEther,
  toHex
} from 'viem'
import { foundry } from 'viem/chains'
import type { BoardRequestView } from '../../node/http/views.ts'
import { builtinModules } from '../../node/modules/builtin.ts'
import { devAccount } from '../../node/settlement/evm/create-chain.ts'
import { parseInvite } from '../../protocols/common/invite.ts'
import { encodeSpec } from '../../protocols/job/encode-spec.ts'
import { parseSpec } from '../../protocols/job/parse-spec.ts'
import { makeJob } from '../../protocols/modules/make-job.ts'
import { parseModuleName } from '../../protocols/modules/names.ts'
import { askMajorityAbi, askMajorityBytecode } from '../fixtures/generated/ask-majority.ts'
import { askOnceAbi, askOnceBytecode } from '../fixtures/generated/ask-once.ts'
import { dcn } from './support/cli.ts'
import { hello, noop } from './support/jobs.ts'
import { Lab } from './support/lab.ts'
import { eventually } from './support/wait.ts'

const AGENTS = ['agent-a', 'agent-b']
const TOKEN = parseAbi([
  'function approve(address spender, uint256 amount)',
  'function balanceOf(address account) view returns (uint256)'
])
/** Questions of three requests until one is decided: one agent wins all three of one in a quarter of the cases. */
const MAX_QUESTIONS = 12
/** As in AskMajority.sol. */
const [OPEN, DECIDED] = [1, 2]
/** Stands where the contract puts its text. */
const MARK = '@'.repeat(40)
const TURN_SEC = 2
/** Requests that may be placed until one has its first turn elsewhere: each has with a chance of one in two. */
const MAX_DRAWS = 32
/** Most often it is killed before this is over; what it does afterwards is the same. */
const RUN_MS = 1500

/** What cowsay prints for the contract's text, and the line end of the program that reads it. */
const MOO = `${String.raw`
 _____________________
< moo from a contract >
 ---------------------
        \   ^__^
         \  (oo)\_______
            (__)\       )\/\
                ||----w |
                ||     ||
`.slice(1)}\n`

/** The specification of the module as `dcn run` makes it. */
async function cowsay(message: string) {
  const module = await builtinModules().resolve(parseModuleName('cowsay'))
  assert.ok(module !== undefined)
  const { job } = makeJob(module.files, new Map([['Message', message]]))
  return encodeSpec(parseSpec({ ...job, module: module.pinned.cid }))
}

describe('job board', function () {
  this.timeout(240_000)
  let lab: Lab

  before(async function () {
    this.timeout(240_000)
    const flags = ['--engines', 'js', '--board', 'true', '--board-min-fee', '0.001']
    lab = await Lab.start([
      { name: 'worker', roles: ['provider'], flags: ['--engines', 'js,noop'] },
      { name: 'wallet', roles: ['creator'] },
      ...AGENTS.map(name => ({ name, roles: ['mediator'], flags }))
    ])
    await lab.everybodyKnows(['worker'])
    await eventually('every agent has its seat', async () => (await wallet().seats()).length === AGENTS.length)
    // a seat of the second in which a request is made serves it not
    await passSec(2)
  })
  after(async () => await lab.stop())

  const wallet = () => lab.node('wallet').client
  const chainOf = () => {
    const { chain } = parseInvite(lab.network.invite).document
    assert.ok(chain?.board !== undefined, 'a network that is made has a board')
    return { ...chain, board: chain.board, transport: http(lab.network.anvil.url) }
  }
  async function passSec(seconds: number): Promise<void> {
    const control = createTestClient({ mode: 'anvil', transport: http(lab.network.anvil.url) })
    await control.increaseTime({ seconds })
    await control.mine({ blocks: 1 })
  }
  async function request(spec: Record<string, unknown>, ...flags: string[]): Promise<BoardRequestView> {
    const file = join(lab.dir, 'job.json')
    await writeFile(file, JSON.stringify(spec))
    const args = ['board', 'request', file, '--bid', '1', '--fee', '0.1', '--json', ...flags]
    const asked = await dcn(args, { node: lab.node('wallet').dataDir })
    assert.equal(asked.code, 0, asked.stderr)
    const [view] = asked.json<BoardRequestView>()
    assert.ok(view !== undefined)
    return view
  }
  const isOver = (id: string) =>
    eventually(`request ${id} is delivered`, async () => {
      const view = await wallet().boardRequest(id)
      return view.state === 'delivered' ? view : undefined
    })
  /** A contract, and who speaks to it from outside of the network. */
  async function deploy(abi: Abi, bytecode: Hex, args: unknown[]) {
    const { token, board, transport } = chainOf()
    const account = devAccount()
    const reader = createPublicClient({ chain: foundry, transport, pollingInterval: 100 })
    const sender = createWalletClient({ account, chain: foundry, transport })
    const done = (hash: Hex) => reader.waitForTransactionReceipt({ hash })
    const created = await done(await sender.deployContract({ abi, bytecode, args: [board, ...args] }))
    assert.ok(created.contractAddress != null)
    const address = created.contractAddress
    const approve = (amount: bigint) =>
      sender.writeContract({ address: token, abi: TOKEN, functionName: 'approve', args: [address, amount] })
    return { address, token, account, reader, sender, done, approve }
  }
  const nameOf = (account: string | undefined) => AGENTS.find(name => lab.node(name).ready.account === account)

  it('default: a contract asks, is told the CID, and the bytes are what was printed', async () => {
    const { bytes } = await cowsay(MARK)
    const at = Buffer.from(bytes).indexOf(MARK)
    // before the text: one byte that says "text", one for its length
    const [head, tail] = [bytes.subarray(0, at - 2), bytes.subarray(at + MARK.length)]
    const { address, account, reader, sender, done, approve } = await deploy(askOnceAbi, askOnceBytecode, [
      toHex(head),
      toHex(tail)
    ])
    const [bid, fee] = [parseEther('1'), parseEther('0.1')]
    await approve(bid + fee)
    const example = { address, abi: askOnceAbi } as const
    // in one turn: whoever is first begins at once
    const args = ['moo from a contract', bid, fee, 1n] as const
    const asked = await sender.writeContract({ ...example, functionName: 'ask', args })
    await done(asked)
    const answer = await eventually('the contract has its answer', async () => {
      const stdout = await reader.readContract({ ...example, functionName: 'answerTo', args: [account.address] })
      return stdout === '0x' ? undefined : stdout
    })
    const cid = CID.decode(fromHex(answer, 'bytes'))
    // a node that had nothing to do with it brings the bytes by their CID alone, and has them read
    const read = `export default ({ inputs, console }) => console.log(inputs.text('/inputs/answer'))`
    const spec = { engine: { js: { source: read } }, inputs: [{ cid: cid.toString(), path: '/inputs/answer' }] }
    const { id } = await wallet().submit({ spec })
    await lab.jobIs('wallet', id, 'done')
    assert.equal(await lab.file('wallet', id, 'stdout'), MOO)
    const [view] = await wallet().boardRequests({ limit: 1 })
    assert.equal(view?.callbackFailed, false)
    assert.equal(view?.result?.exitCode, 0)
  })

  it('behavior: a contract asks three times, and takes what two agents came to', async () => {
    const { address, token, account, reader, sender, done, approve } = await deploy(
      askMajorityAbi,
      askMajorityBytecode,
      []
    )
    const example = { address, abi: askMajorityAbi } as const
    const balance = () =>
      reader.readContract({ address: token, abi: TOKEN, functionName: 'balanceOf', args: [account.address] })
    const [bid, fee] = [parseEther('1'), parseEther('0.1')]
    await approve(3n * (bid + fee) * BigInt(MAX_QUESTIONS))
    const job = toHex(encodeSpec(parseSpec(hello('majority'))).bytes)
    const terms = { bid, fee, turn: BigInt(TURN_SEC), turns: 1n, timeout: 3600n } as const
    const decided = async (): Promise<bigint> => {
      for (let question = 1n; question <= MAX_QUESTIONS; question++) {
        await done(await sender.writeContract({ ...example, functionName: 'ask', args: [3n, terms, job] }))
        const state = await eventually(`question ${question} is answered`, async () => {
          const now = await reader.readContract({ ...example, functionName: 'stateOf', args: [question] })
          return now === OPEN ? undefined : now
        })
        if (state === DECIDED) return question
      }
      throw new Error('one agent answered every question alone')
    }
    const question = await decided()
    const answers = await reader.readContract({ ...example, functionName: 'answersOf', args: [question] })
    assert.equal(new Set(answers.map(({ agent }) => nameOf(agent.toLowerCase()))).size, AGENTS.length)
    const [exitCode, digest] = await reader.readContract({ ...example, functionName: 'answerOf', args: [question] })
    assert.deepEqual([exitCode, new Set(answers.map(answer => answer.digest))], [0, new Set([digest])])
    const before = await balance()
    await done(await sender.writeContract({ ...example, functionName: 'withdraw', args: [question, []] }))
    const back = (await balance()) - before
    assert.ok(back > bid && back < 3n * bid, 'the rests of the bids, by what the jobs cost')
  })

  it('behavior: a module is rendered by who asks, and what was rendered is what is run', async () => {
    const args = ['cowsay', '-i', 'Message="moo", she said', '--turns', '1', '--bid', '1', '--fee', '0.1']
    const asked = await dcn(['board', 'request', ...args, '--watch', '--json'], { node: lab.node('wallet').dataDir })
    assert.equal(asked.code, 0, asked.stderr)
    const [first, view] = asked.json<BoardRequestView>()
    assert.deepEqual([first?.id, first?.state], [view?.id, 'open'])
    assert.match(first?.transaction ?? '', /^0x[0-9a-f]{64}$/)
    assert.deepEqual([view?.state, view?.result?.exitCode], ['delivered', 0])
    assert.equal(view?.spec, (await cowsay('"moo", she said')).cid.toString())
    const agent = nameOf(view?.result?.agent)
    assert.ok(agent !== undefined && view !== undefined)
    const out = join(lab.dir, 'board-result')
    const got = await dcn(['job', 'get', `board-${view.id.slice(2, 10)}`, '--out', out], {
      node: lab.node(agent).dataDir
    })
    assert.equal(got.code, 0, got.stderr)
    assert.match(await readFile(join(out, 'stdout'), 'utf8'), /< "moo", she said >/)
  })

  it('behavior: the next by rank takes over from agents that are gone, and goes on after kill -9', async () => {
    const alive = 'agent-b'
    await Promise.all(AGENTS.filter(name => name !== alive).map(name => lab.node(name).kill()))
    const first = async (): Promise<BoardRequestView> => {
      for (let draws = 0; draws < MAX_DRAWS; draws++) {
        const view = await request(noop(RUN_MS), '--turn', String(TURN_SEC))
        if (nameOf(view.turns[0]?.owner) !== alive) return view
      }
      throw new Error('one agent was first every time')
    }
    const { id } = await first()
    const name = `board-${id.slice(2, 10)}`
    await eventually('its job is there', async () =>
      (await lab.node(alive).client.jobs()).some(job => job.name === name)
    )
    await lab.node(alive).kill()
    await lab.restart(alive)
    const { result } = await isOver(id)
    assert.equal(nameOf(result?.agent), alive)
    const taken = await dcn(['board', 'withdraw', '--json'], { node: lab.node(alive).dataDir })
    assert.equal(taken.code, 0, taken.stderr)
  })

  it('behavior: without agents the money comes back after the timeout, not before', async () => {
    await lab.node('agent-b').stop()
    const before = await lab.money('wallet')
    const { id } = await request(hello('nobody'), '--timeout', '3600')
    assert.equal(await lab.money('wallet'), before - parseEther('1.1'))
    const early = await dcn(['board', 'cancel', id], { node: lab.node('wallet').dataDir })
    assert.match(early.stderr, /time is not over: .* can be cancelled from \d{4}-/)
    assert.notEqual(early.code, 0)
    await passSec(3601)
    const shown = await dcn(['board', 'watch', id.slice(0, 14)], { node: lab.node('wallet').dataDir })
    assert.match(shown.stdout, /expired/)
    const cancelled = await dcn(['board', 'cancel', id], { node: lab.node('wallet').dataDir })
    assert.equal(cancelled.code, 0, cancelled.stderr)
    assert.equal(await lab.money('wallet'), before)
    const again = await dcn(['board', 'cancel', id, '--json'], { node: lab.node('wallet').dataDir })
    assert.equal(again.code, 0, again.stderr)
  })

  it('error: what a board does not deliver is refused before anything is paid', async () => {
    const before = await lab.money('wallet')
    const file = join(lab.dir, 'private.json')
    await writeFile(file, JSON.stringify({ ...hello('secret'), private: true }))
    const args = ['board', 'request', file, '--bid', '1', '--fee', '0.1']
    const refused = await dcn(args, { node: lab.node('wallet').dataDir })
    assert.equal(refused.code, 2)
    assert.match(refused.stderr, /private/)
    const unknown = await dcn(['board', 'show', '0x1234567890'], { node: lab.node('wallet').dataDir })
    assert.equal(unknown.code, 2)
    assert.equal(await lab.money('wallet'), before)
  })
})
