import { join } from 'node:path'
import type { NodeInfo, OfferView, PeerView } from '../../../node/http/views.ts'
import { dcn, type Ended, type Running, startDcn, startDcnNode } from './cli.ts'
import { Internet, type RouterKind } from './internet.ts'
import { built, nothingLeft, temporaryDir } from './lab.ts'
import { withDescendants } from './processes.ts'
import { eventually } from './wait.ts'

const PORT = 4101
/** A node that was asked to stop has this long. */
const STOP_MS = 20_000

/** A relay in the open and nodes at home, each behind a router of its own. */
export class NatLab {
  readonly dir: string
  readonly #internet = new Internet()
  readonly #spaces = new Map<string, string>()
  readonly #nodes = new Map<string, Running>()
  readonly #pids: number[] = []
  readonly #peers = new Map<string, string>()
  #relayIp = ''
  invite = ''

  private constructor(dir: string) {
    this.dir = dir
  }

  /** A relay that creates a network without a chain. */
  static async start(): Promise<NatLab> {
    await built()
    const lab = new NatLab(await temporaryDir())
    try {
      lab.#internet.start()
      const { space, ip } = lab.#internet.publicHost('relay')
      lab.#spaces.set('relay', space)
      lab.#relayIp = ip
      const relay = await lab.relay('--init', 'lab')
      lab.invite = (await relay.says(/--network (dcn1\S+)\n/))[1] ?? ''
      return lab
    } catch (error) {
      await lab.stop()
      throw error
    }
  }

  /** Starts the relay, again if it was stopped. */
  relay(...args: string[]): Promise<Running> {
    const network = args.length > 0 ? args : ['--network', this.invite]
    return this.#start('relay', ['--role', 'relay', '--listen', `/ip4/${this.#relayIp}/tcp/${PORT}`, ...network])
  }

  /** A node behind a router. */
  async home(name: string, kind: RouterKind, args: readonly string[]): Promise<Running> {
    this.#spaces.set(name, this.#internet.home(name, kind).space)
    return await this.#start(name, ['--network', this.invite, '--listen', `/ip4/0.0.0.0/tcp/${PORT}`, ...args])
  }

  /** A node on a host that all reach; it joins with the invite unless the arguments say otherwise. */
  async open(name: string, args: readonly string[]): Promise<Running> {
    const { space, ip } = this.#internet.publicHost(name)
    this.#spaces.set(name, space)
    return await this.#start(name, ['--listen', `/ip4/${ip}/tcp/${PORT}`, ...args])
  }

  /** A node in one room with the others that are started like this. */
  async inRoom(name: string, args: readonly string[]): Promise<Running> {
    const { space, ip } = this.#internet.roommate(name)
    this.#spaces.set(name, space)
    return await this.#start(name, ['--listen', `/ip4/${ip}/tcp/${PORT}`, ...args])
  }

  peer(name: string): string {
    return this.#peers.get(name) ?? ''
  }

  dcn(name: string, ...args: string[]): Promise<Ended> {
    return dcn(args, this.#at(name))
  }

  startDcn(name: string, ...args: string[]): Running {
    return startDcn(args, this.#at(name))
  }

  async info(name: string): Promise<NodeInfo> {
    return await this.#asked<NodeInfo>(name, 'node')
  }

  async peers(name: string): Promise<PeerView[]> {
    return await this.#asked<PeerView[]>(name, 'peers')
  }

  async offers(name: string): Promise<OfferView[]> {
    return await this.#asked<OfferView[]>(name, 'offers')
  }

  async path(from: string, to: string): Promise<PeerView['path'] | undefined> {
    return (await this.peers(from)).find(p => p.id === this.peer(to))?.path
  }

  /** kill -9 or Ctrl-C; waits for the end. */
  async end(name: string, signal: NodeJS.Signals): Promise<void> {
    const node = this.#nodes.get(name)
    if (node === undefined) return
    this.#nodes.delete(name)
    const { process: child, ended } = node
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await ended
    clearTimeout(timer)
  }

  /** Ends all of it and checks that nothing is left. */
  async stop(): Promise<void> {
    const started = withDescendants(this.#pids)
    try {
      await Promise.all([...this.#nodes.keys()].filter(name => name !== 'relay').map(name => this.end(name, 'SIGINT')))
      await this.end('relay', 'SIGINT')
      await nothingLeft(this.dir, started, [...this.#peers.values()])
    } finally {
      this.#internet.stop()
    }
  }

  async #start(name: string, args: readonly string[]): Promise<Running> {
    const { via } = this.#at(name)
    const common = ['--data-dir', name, '--log-level', 'debug', '--insecure-dev-keys']
    const node = startDcnNode([...args, ...common], { cwd: this.dir, via })
    this.#nodes.set(name, node)
    this.#pids.push(node.process.pid ?? 0)
    await node.says(/^ready$/m)
    this.#peers.set(name, (await node.says(/^peer\s+(\S+)$/m))[1] ?? '')
    return node
  }

  #at(name: string) {
    const space = this.#spaces.get(name) ?? ''
    return { node: join(this.dir, name), cwd: this.dir, via: Internet.inside(space) }
  }

  async #asked<T>(name: string, command: string): Promise<T> {
    const ended = await this.dcn(name, command, '--json')
    const [answer] = ended.json<T>()
    if (answer === undefined) throw new Error(`${name} does not answer: ${ended.stdout}${ended.stderr}`)
    return answer
  }

  /** Waits until a node knows how it is reached. */
  async reaches(name: string, status: NodeInfo['reach']['status']): Promise<NodeInfo> {
    return await eventually(`${name} is ${status}`, async () => {
      const info = await this.info(name)
      if (info.reach.status !== status) throw new Error(JSON.stringify(info.reach))
      return info
    })
  }
}
