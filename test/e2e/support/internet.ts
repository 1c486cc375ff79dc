import { execFileSync } from 'node:child_process'

/** How a home's router translates: one port for all, or another one for each peer. */
export type RouterKind = 'steady' | 'changing'

const PREFIX = `dcn${process.pid}`
let networks = 0

/**
 * An internet of network namespaces: public hosts, and homes behind routers that translate addresses and let nobody in. Every
 * home uses the same private addresses, as homes do. Linux, as root.
 */
export class Internet {
  readonly #id = `${PREFIX}x${networks++}`
  readonly #spaces: string[] = []
  #publicHosts = 0

  /** Why it cannot be made here; undefined when it can. */
  static missing(): string | undefined {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs Linux and root'
    const probe = new Internet()
    try {
      probe.start()
      probe.home('probe', 'changing')
      return undefined
    } catch (error) {
      const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
      return `no network namespaces with iptables: ${said.trim().split('\n')[0]}`
    } finally {
      probe.stop()
    }
  }

  constructor() {
    process.once('exit', this.#atExit)
  }

  /** The line that everybody is on. */
  start(): void {
    const middle = this.#space('line')
    this.#in(middle, 'ip', 'link', 'add', 'br0', 'type', 'bridge')
    this.#in(middle, 'ip', 'link', 'set', 'br0', 'up')
  }

  /** A host that all others reach; its namespace and its address. */
  publicHost(name: string): { space: string; ip: string } {
    const space = this.#space(name)
    return { space, ip: this.#plug(space, 'eth0') }
  }

  /** A host in one room with others that were made like this: they share private addresses. */
  roommate(name: string): { space: string; ip: string } {
    const { space } = this.publicHost(name)
    const ip = `192.168.7.${this.#publicHosts + 10}`
    this.#in(space, 'ip', 'addr', 'add', `${ip}/24`, 'dev', 'eth0')
    return { space, ip }
  }

  /** A host behind a router of its own. */
  home(name: string, kind: RouterKind): { space: string; ip: string; router: string } {
    const router = this.#space(`${name}-router`)
    const space = this.#space(name)
    const ip = this.#plug(router, 'out')
    run('ip', 'link', 'add', 'in', 'netns', router, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space)
    this.#in(router, 'ip', 'addr', 'add', '192.168.1.1/24', 'dev', 'in')
    this.#in(router, 'ip', 'link', 'set', 'in', 'up')
    this.#in(space, 'ip', 'addr', 'add', `192.168.1.${this.#publicHosts}/24`, 'dev', 'eth0')
    this.#in(space, 'ip', 'link', 'set', 'eth0', 'up')
    this.#in(space, 'ip', 'route', 'add', 'default', 'via', '192.168.1.1')
    this.#in(router, 'sysctl', '-qw', 'net.ipv4.ip_forward=1')
    const random = kind === 'changing' ? ['--random-fully'] : []
    this.#in(router, 'iptables', '-t', 'nat', '-A', 'POSTROUTING', '-o', 'out', '-j', 'MASQUERADE', ...random)
    for (const chain of ['INPUT', 'FORWARD']) {
      this.#in(
        router,
        'iptables',
        '-A',
        chain,
        '-i',
        'out',
        '-m',
        'conntrack',
        '--ctstate',
        'ESTABLISHED',
        '-j',
        'ACCEPT'
      )
      this.#in(router, 'iptables', '-A', chain, '-i', 'out', '-j', 'DROP')
    }
    return { space, ip, router }
  }

  /** Put before a command, it runs there. */
  static inside(space: string): string[] {
    return ['ip', 'netns', 'exec', space]
  }

  /** Idempotent. Whoever runs in a namespace must have ended. */
  stop(): void {
    process.off('exit', this.#atExit)
    for (const space of this.#spaces.splice(0).reverse()) {
      try {
        run('ip', 'netns', 'del', space)
      } catch {
        // it never came to be
      }
    }
  }

  readonly #atExit = (): void => this.stop()

  #space(name: string): string {
    const space = `${this.#id}-${name}`
    this.#spaces.push(space)
    run('ip', 'netns', 'add', space)
    this.#in(space, 'ip', 'link', 'set', 'lo', 'up')
    return space
  }

  /** Gives a namespace a cable to the line and a public address. */
  #plug(space: string, device: string): string {
    const port = `p${++this.#publicHosts}`
    const ip = `11.0.0.${this.#publicHosts + 10}`
    run('ip', 'link', 'add', port, 'netns', `${this.#id}-line`, 'type', 'veth', 'peer', 'name', device, 'netns', space)
    this.#in(`${this.#id}-line`, 'ip', 'link', 'set', port, 'master', 'br0', 'up')
    this.#in(space, 'ip', 'addr', 'add', `${ip}/24`, 'dev', device)
    this.#in(space, 'ip', 'link', 'set', device, 'up')
    // a host without a default route sends multicast nowhere
    this.#in(space, 'ip', 'route', 'add', '224.0.0.0/4', 'dev', device)
    return ip
  }

  #in(space: string, ...command: string[]): void {
    run('ip', 'netns', 'exec', space, ...command)
  }
}

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
