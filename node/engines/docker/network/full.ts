import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type Docker from 'dockerode'
import { messageOf, UserError } from '../../../../protocols/common/errors.ts'
import { sha256 } from '../../../../protocols/common/hash.ts'
import { toHex } from '../../../../protocols/common/values.ts'
import { LABELS } from '../names.ts'
import { PRIVATE_IPV4 } from './addresses.ts'
import { CLOSED_PORTS } from './destination.ts'

const exec = promisify(execFile)
const TOOL_MS = 10_000
/** The host's own resolver may be on a private address, and knows the names of the private network. */
export const PUBLIC_DNS = ['1.1.1.1', '9.9.9.9']

/** Why jobs cannot have `network: full` here; undefined when they can. */
export async function fullLacks(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'keeping jobs from the host takes root on Linux'
  try {
    // Docker puts this chain before its own rules; a daemon that does not manage iptables has none
    await tool('iptables', '-S', 'DOCKER-USER')
    await tool('ip6tables', '-S', 'INPUT')
    return undefined
  } catch (error) {
    return `keeping jobs from the host takes iptables with Docker's chains: ${messageOf(error).slice(0, 200)}`
  }
}

/**
 * The network of jobs that may reach everything public: a bridge of this node's own. Packets from it to the host itself, and to
 * addresses that are not public, are dropped by rules of iptables that go with the bridge; its containers do not see each other.
 */
export class FullNetwork {
  readonly name: string
  readonly #docker: Docker
  readonly #nodeId: string
  readonly #blocked: readonly string[]
  readonly #bridge: string
  readonly #chain: string

  /** @param blocked ranges that jobs never reach */
  constructor(docker: Docker, nodeId: string, blocked: readonly string[] = PRIVATE_IPV4) {
    const tag = toHex(sha256(Buffer.from(nodeId))).slice(2, 10)
    this.#docker = docker
    this.#nodeId = nodeId
    this.#blocked = blocked
    this.name = `dcn-full-${tag}`
    this.#bridge = `dcn${tag}`
    this.#chain = `DCN-${tag}`
  }

  /** Before every job: whoever reloads a firewall takes the rules away. @throws UserError named JobNetworkError */
  async ensure(): Promise<void> {
    try {
      // the rules first: the bridge never is without them
      await this.#rules()
      await this.#network()
    } catch (error) {
      throw new UserError('JobNetworkError', `the network of jobs could not be made: ${messageOf(error)}`, {
        cause: error
      })
    }
  }

  /** Takes away bridge and rules, unless a container is still on it. */
  async removeUnused(): Promise<void> {
    const network = this.#docker.getNetwork(this.name)
    const found = await network.inspect().catch((error: { statusCode?: number }) => {
      // a daemon that does not answer may still have containers on it: then the rules stay
      if (error.statusCode !== 404) throw error
    })
    if (found !== undefined && Object.keys(found.Containers ?? {}).length > 0) return
    if (found !== undefined) await network.remove()
    // without the chain none of the rules was ever made
    const hasChain = await tool('iptables', '-F', this.#chain).then(
      () => true,
      () => false
    )
    if (!hasChain) return
    for (const { command, table, rule } of this.#hooks())
      await tool(command, '-D', table, ...rule).catch(() => undefined)
    await tool('iptables', '-X', this.#chain).catch(() => undefined)
  }

  async #network(): Promise<void> {
    try {
      await this.#docker.createNetwork({
        Name: this.name,
        Driver: 'bridge',
        CheckDuplicate: true,
        EnableIPv6: false,
        Labels: { [LABELS.node]: this.#nodeId },
        Options: {
          'com.docker.network.bridge.name': this.#bridge,
          'com.docker.network.bridge.enable_icc': 'false'
        }
      })
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode !== 409) throw error
    }
  }

  async #rules(): Promise<void> {
    const lines = [
      ...this.#blocked.map(range => `-A ${this.#chain} -d ${range} -j REJECT`),
      ...[...CLOSED_PORTS].map(port => `-A ${this.#chain} -p tcp --dport ${port} -j REJECT`)
    ]
    // one transaction: naming the chain empties it
    await restore(['*filter', `:${this.#chain} - [0:0]`, ...lines, 'COMMIT', ''].join('\n'))
    for (const { command, table, rule } of this.#hooks()) {
      await tool(command, '-C', table, ...rule).catch(() => tool(command, '-I', table, '1', ...rule))
    }
  }

  #hooks(): { command: string; table: string; rule: string[] }[] {
    const from = ['-i', this.#bridge, '-j']
    return [
      { command: 'iptables', table: 'DOCKER-USER', rule: [...from, this.#chain] },
      // whatever address of the host a packet names, it comes in here
      { command: 'iptables', table: 'INPUT', rule: [...from, 'DROP'] },
      { command: 'ip6tables', table: 'INPUT', rule: [...from, 'DROP'] },
      { command: 'ip6tables', table: 'FORWARD', rule: [...from, 'DROP'] }
    ]
  }
}

async function tool(command: string, ...args: string[]): Promise<void> {
  await exec(command, ['-w', '5', ...args], { timeout: TOOL_MS })
}

async function restore(text: string): Promise<void> {
  const running = exec('iptables-restore', ['-w', '5', '--noflush'], { timeout: TOOL_MS })
  running.child.stdin?.end(text)
  await running
}
