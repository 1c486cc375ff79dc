import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ReadyInfo } from '../../node/cli/daemon-api.ts'
import { connect, findNode, type NodeClient } from '../../node/http/client.ts'
import { NODE_FLAGS } from '../build.ts'
import { type Anvil, startAnvil } from './anvil.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
export const DAEMON = join(root, 'dist', 'bin', 'dcn-node.mjs')
export const CLIENT = join(root, 'dist', 'bin', 'dcn.mjs')

/** A node listens in well under a second; a machine under load gets more. */
const READY_TIMEOUT_MS = 30_000
/** After this a node that was asked to stop is ended. */
const STOP_TIMEOUT_MS = 15_000
const LOOPBACK = '/ip4/127.0.0.1/tcp/0'

export interface NodeSpec {
  name: string
  roles: string[]
  /** further flags of dcn-node */
  flags?: string[]
  /** a program with the flags of dcn-node. @default dcn-node itself */
  program?: string
}

/** One `dcn-node` process of a network on this machine. */
export interface LocalNode {
  name: string
  dataDir: string
  ready: ReadyInfo
  client: NodeClient
  process: ChildProcess
  /** Ctrl-C; resolves when the process is gone */
  stop(): Promise<void>
  /** kill -9; resolves when the process is gone */
  kill(): Promise<void>
}

export interface LocalNetwork {
  anvil: Anvil
  invite: string
  nodes: Map<string, LocalNode>
  add(spec: NodeSpec): Promise<LocalNode>
  /** a node whose data directory has joined already */
  resume(spec: NodeSpec): Promise<LocalNode>
  stop(): Promise<void>
}

/**
 * A private network of separate processes on this machine: a chain, a relay that creates the network and deploys the
 * contracts, and whatever is added. Everything it writes lies below `dir`; `stop` ends everything it started.
 */
export async function startLocalNetwork(dir: string, specs: NodeSpec[] = []): Promise<LocalNetwork> {
  await mkdir(dir, { recursive: true })
  const anvil = await startAnvil({ blockTimeSec: 1 })
  const nodes = new Map<string, LocalNode>()
  const stop = async () => {
    // the relay last: the others withdraw their offers through it
    const [relay, ...others] = [...nodes.values()]
    await Promise.all(others.map(node => node.stop()))
    await relay?.stop()
    await anvil.stop()
  }
  try {
    const relay = await startNode(dir, {
      name: 'relay',
      roles: ['relay'],
      flags: ['--init', 'lab', '--rpc', anvil.url]
    })
    nodes.set(relay.name, relay)
    const invite = relay.ready.invite ?? ''
    const resume = async (spec: NodeSpec) => {
      const node = await startNode(dir, spec)
      nodes.set(spec.name, node)
      return node
    }
    const add = (spec: NodeSpec) => resume({ ...spec, flags: ['--network', invite, ...(spec.flags ?? [])] })
    await Promise.all(specs.map(add))
    return { anvil, invite, nodes, add, resume, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Starts one daemon and waits for its ready line. @throws Error with the end of its log */
async function startNode(dir: string, { name, roles, flags = [], program = DAEMON }: NodeSpec): Promise<LocalNode> {
  const dataDir = join(dir, name)
  await mkdir(dataDir, { recursive: true })
  const args = [
    program,
    '--role',
    roles.join(','),
    '--data-dir',
    dataDir,
    '--listen',
    LOOPBACK,
    '--insecure-dev-keys',
    '--json'
  ]
  const child = spawn(process.execPath, [...NODE_FLAGS, ...args, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: dataDir,
    // compiled code is kept in the checkout, not in the user's home directory
    env: { ...process.env, XDG_CACHE_HOME: join(root, 'cache') }
  })
  const log = createWriteStream(join(dataDir, 'node.log'), { flags: 'a' })
  let tail = ''
  child.stderr.on('data', (chunk: Buffer) => {
    tail = `${tail}${chunk.toString()}`.slice(-2000)
    log.write(chunk)
  })
  const exited = once(child, 'exit').then(() => log.end())
  const killOnExit = () => void child.kill('SIGKILL')
  process.once('exit', killOnExit)
  void exited.then(() => process.off('exit', killOnExit))
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await exited
    clearTimeout(timer)
  }
  try {
    const ready = await readyLine(child)
    const client = connect(await findNode(dataDir))
    return { name, dataDir, ready, client, process: child, stop: () => end('SIGINT'), kill: () => end('SIGKILL') }
  } catch (error) {
    await end('SIGKILL')
    throw new Error(`${name} did not start: ${error instanceof Error ? error.message : error}\n${tail}`)
  }
}

async function readyLine(child: ChildProcess): Promise<ReadyInfo> {
  const { stdout } = child
  if (stdout === null) throw new Error('no output')
  const deadline = AbortSignal.timeout(READY_TIMEOUT_MS)
  const lines = createInterface({ input: stdout, signal: deadline })
  for await (const line of lines) {
    const message = JSON.parse(line) as { event?: string } & ReadyInfo
    if (message.event !== 'ready') continue
    stdout.resume()
    return message
  }
  throw new Error('it ended before it was ready')
}
