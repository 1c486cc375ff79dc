import { join } from 'node:path'
import { type Anvil, startAnvil } from '../../../scripts/lib/anvil.ts'
import { type CliOptions, dcn, type Ended, type Running, startDcn, startDcnNode } from './cli.ts'
import { built, nothingLeft, temporaryDir } from './lab.ts'
import { withDescendants } from './processes.ts'
import { eventually } from './wait.ts'

const LISTEN = '/ip4/127.0.0.1/tcp/0'
/** A node that was asked to stop has this long. */
const STOP_MS = 20_000

/** Nodes started as a person would in several terminals, with what they print read from their terminals. */
export class ByHand {
  readonly dir: string
  readonly anvil: Anvil | undefined
  readonly nodes = new Map<string, Running>()
  readonly #peers: string[] = []
  invite = ''

  private constructor(dir: string, anvil: Anvil | undefined) {
    this.dir = dir
    this.anvil = anvil
  }

  /**
   * A relay that creates the network; with a chain or without.
   *
   * @param prepare what is done first, and the flags that name the network to the relay. @default it is created with --init
   */
  static async start({
    chain,
    prepare
  }: {
    chain: boolean
    prepare?: (hand: ByHand) => Promise<readonly string[]>
  }): Promise<ByHand> {
    await built()
    const hand = new ByHand(await temporaryDir(), chain ? await startAnvil({ blockTimeSec: 1 }) : undefined)
    try {
      const rpc = hand.anvil === undefined ? [] : ['--rpc', hand.anvil.url]
      const network = prepare === undefined ? ['--init', 'lab', ...rpc] : await prepare(hand)
      const relay = await hand.node('relay', ['--role', 'relay', ...network, '--insecure-dev-keys'])
      const [, invite = ''] = await relay.says(/--network (dcn1\S+)\n/)
      hand.invite = invite
      return hand
    } catch (error) {
      await hand.stop()
      throw error
    }
  }

  dataDir(name: string): string {
    return join(this.dir, name)
  }

  /** Types `dcn-node …` and waits for its "ready". */
  async node(name: string, args: readonly string[], options: CliOptions = {}): Promise<Running> {
    const all = [...args, '--data-dir', name, '--listen', LISTEN, '--log-level', 'warn']
    const running = startDcnNode(all, { cwd: this.dir, ...options })
    this.nodes.set(name, running)
    await running.says(/^ready$/m)
    this.#peers.push((await running.says(/^peer\s+(\S+)$/m))[1] ?? '')
    return running
  }

  async join(name: string, args: readonly string[], options: CliOptions = {}): Promise<Running> {
    return await this.node(name, ['--network', this.invite, ...args], options)
  }

  /** `dcn …` in the terminal of a node's owner. */
  dcn(name: string, ...args: string[]): Promise<Ended> {
    return dcn(args, { node: this.dataDir(name), cwd: this.dir })
  }

  startDcn(name: string, ...args: string[]): Running {
    return startDcn(args, { node: this.dataDir(name), cwd: this.dir })
  }

  /** The account of a node, from what it printed. */
  async account(name: string): Promise<string> {
    const [, account = ''] = (await this.nodes.get(name)?.says(/^account\s+(0x\w+)$/m)) ?? []
    return account.toLowerCase()
  }

  async everybodyKnows(count: number): Promise<void> {
    for (const name of this.nodes.keys()) {
      await eventually(`${name} sees ${count} offers`, async () => {
        const [offers = []] = (await this.dcn(name, 'offers', '--json')).json<unknown[]>()
        return offers.length === count
      })
    }
  }

  /** Ctrl-C in every terminal, the relay's last; checks that nothing is left. */
  async stop(): Promise<void> {
    const pids = [...this.nodes.values()].flatMap(node => node.process.pid ?? [])
    const started = withDescendants([...pids, ...(this.anvil === undefined ? [] : [this.anvil.pid])])
    const [relay, ...others] = [...this.nodes.values()]
    await Promise.all(others.map(interrupt))
    if (relay !== undefined) await interrupt(relay)
    await this.anvil?.stop()
    await nothingLeft(this.dir, started, this.#peers)
  }
}

async function interrupt({ process: child, ended }: Running): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await ended
  clearTimeout(timer)
}
