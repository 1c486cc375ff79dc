import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { CLIENT, DAEMON } from '../../../scripts/lib/local-network.ts'
import { eventually } from './wait.ts'

/** A command that hangs is ended after this, so that the test says which one it was. */
const TIMEOUT_MS = 90_000

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
  /** stdout as JSON objects, one per line */
  json<T = Record<string, unknown>>(): T[]
}

/** A command that runs. */
export interface Running {
  process: ChildProcess
  readonly stdout: string
  readonly stderr: string
  /** resolves when it printed something that fits, on either stream */
  says(pattern: RegExp): Promise<RegExpMatchArray>
  ended: Promise<Ended>
}

export interface CliOptions {
  /** data directory of the node to speak to */
  node?: string
  cwd?: string
  env?: NodeJS.ProcessEnv
  /** a command that runs it, such as one that enters a namespace */
  via?: readonly string[]
}

/** Runs `dcn …` to its end. */
export function dcn(args: readonly string[], options: CliOptions = {}): Promise<Ended> {
  return startDcn(args, options).ended
}

export function startDcn(args: readonly string[], options: CliOptions = {}): Running {
  const node = options.node === undefined ? {} : { DCN_DATA_DIR: options.node }
  return run(CLIENT, args, { ...options, env: { ...node, ...options.env } })
}

/** Runs `dcn-node …`; the caller stops it. */
export function startDcnNode(args: readonly string[], options: CliOptions = {}): Running {
  return run(DAEMON, args, options, false)
}

/** Runs `dcn-node …` that is expected to end by itself. */
export function dcnNode(args: readonly string[], options: CliOptions = {}): Promise<Ended> {
  return run(DAEMON, args, options).ended
}

function run(program: string, args: readonly string[], { cwd, env, via = [] }: CliOptions, limited = true): Running {
  const [command = '', ...rest] = [...via, process.execPath, program, ...args]
  const child = spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd })
  })
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  const timer = limited ? setTimeout(kill, TIMEOUT_MS) : undefined
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  const ended = once(child, 'close').then(([code]): Ended => {
    clearTimeout(timer)
    process.off('exit', kill)
    const json = <T>() =>
      stdout
        .split('\n')
        .filter(line => line !== '')
        .map(line => JSON.parse(line) as T)
    return { code: code as number | null, stdout, stderr, json }
  })
  return {
    process: child,
    get stdout() {
      return stdout
    },
    get stderr() {
      return stderr
    },
    says: pattern =>
      eventually(`${args.join(' ')} says ${pattern}`, () => {
        const found = pattern.exec(stdout) ?? pattern.exec(stderr)
        if (found === null && child.exitCode !== null) {
          throw new Error(`it ended with ${child.exitCode}: ${stdout}${stderr}`)
        }
        return found ?? undefined
      }),
    ended
  }
}
