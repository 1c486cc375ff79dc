import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import type { Duplex } from 'node:stream'
import { UserError } from '../../../protocols/common/errors.ts'
import { type Frame, FrameReader } from './frames.ts'
import { readablePaths } from './locate.ts'

/** V8 reserves this much data segment before any program; less and Node dies at its first isolate (measured: 1 GiB is too little). */
const DATA_FLOOR_BYTES = 1.25 * 1024 ** 3
/** A sandbox that is not ready by then never will be: a start takes 80 ms on an idle machine, this is a loaded one. */
const READY_MS = 10_000
const STDERR_TAIL_BYTES = 4096
/** WebAssembly's relaxed multiply-and-add rounds once where a processor can and twice elsewhere: here always twice. */
const SAME_ARITHMETIC = process.arch === 'x64' ? ['--no-enable-fma3'] : []
/** Sandboxes run under user ids of nobody else, each its own, so that a process limit counts one sandbox alone. */
const UID_BASE = 1_879_048_192
const UID_SPAN = 60_000

/** One way of taking rights away before Node starts, strongest first; which ones work depends on the host. */
export interface Isolation {
  name: string
  /** what it is good for, as an operator reads it */
  network: 'none' | 'host'
  user: 'own' | 'node'
  command(uid: number): string[]
}

const limits = (dataBytes: number, nproc: string[]) => [
  'prlimit',
  '--nofile=64',
  '--core=0',
  '--fsize=0',
  `--data=${dataBytes}`,
  ...nproc,
  '--'
]

/** @param maxMemoryBytes the most any job may have: a last barrier behind the watching of resident memory */
export function isolations(maxMemoryBytes: number): Isolation[] {
  const data = Math.ceil(DATA_FLOOR_BYTES + maxMemoryBytes)
  const drop = (uid: number) => [
    ...['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--no-new-privs', '--bounding-set=-all'],
    '--pdeathsig=KILL'
  ]
  return [
    {
      name: 'unshare-net+own-user',
      network: 'none',
      user: 'own',
      command: uid => ['unshare', '-n', ...limits(data, ['--nproc=64']), ...drop(uid)]
    },
    { name: 'unshare-net', network: 'none', user: 'node', command: () => ['unshare', '-n', ...limits(data, [])] },
    {
      name: 'unshare-user-net',
      network: 'none',
      user: 'node',
      command: () => ['unshare', '-Urn', ...limits(data, [])]
    },
    { name: 'limits', network: 'host', user: 'node', command: () => limits(data, []) },
    { name: 'plain', network: 'host', user: 'node', command: () => [] }
  ]
}

/** A sandbox process that is ready for its one job. */
export class Sandbox {
  readonly pid: number
  readonly #child: ChildProcess
  readonly #socket: Duplex
  readonly #exited: Promise<string>
  #stderr = ''

  constructor(child: ChildProcess, pid: number) {
    this.#child = child
    this.pid = pid
    this.#socket = child.stdio[3] as Duplex
    this.#socket.on('error', () => undefined)
    child.stderr?.on('data', chunk => {
      this.#stderr = (this.#stderr + String(chunk)).slice(-STDERR_TAIL_BYTES)
    })
    this.#exited = new Promise(resolve => {
      child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`))
      child.once('error', error => resolve(error.message))
    })
  }

  /** how it ended: a signal or a code */
  get exited(): Promise<string> {
    return this.#exited
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** the end of what it wrote on its own stderr: V8's last words */
  get lastWords(): string {
    return this.#stderr
  }

  send(frame: Uint8Array): void {
    if (!this.#socket.destroyed) this.#socket.write(frame)
  }

  /** Frames as they come, at the reader's pace; ends when the process does. @throws FrameError */
  async *frames(): AsyncGenerator<Frame> {
    const reader = new FrameReader()
    // a killed sandbox resets the socket: that is an end like any other
    const chunks = this.#socket.iterator({ destroyOnReturn: false })
    for (;;) {
      const { value, done } = await chunks.next().catch(() => ({ value: undefined, done: true }))
      if (done === true || value === undefined) return
      yield* reader.push(value)
    }
  }

  /** Ends it and everything it could have started; resolves when it is gone. */
  async kill(): Promise<void> {
    // an idle sandbox is unref'd: without this the process could end before it has seen it die
    this.ref()
    if (this.alive) this.#child.kill('SIGKILL')
    await this.#exited
    this.#socket.destroy()
  }

  /** Lets the node's process end while an idle sandbox is still there: it dies with the socket. */
  unref(): void {
    this.#child.unref()
    for (const handle of this.#handles()) handle?.unref?.()
  }

  #handles(): ({ ref?(): void; unref?(): void } | null)[] {
    return [this.#socket, this.#child.stderr] as ({ ref?(): void; unref?(): void } | null)[]
  }

  ref(): void {
    this.#child.ref()
    for (const handle of this.#handles()) handle?.ref?.()
  }
}

export interface SpawnInit {
  entry: string
  isolation: Isolation
  /** an empty directory */
  cwd: string
}

/** Starts a sandbox and waits until it is ready. @throws UserError SandboxStartError */
export async function spawnSandbox({ entry, isolation, cwd }: SpawnInit): Promise<Sandbox> {
  const uid = UID_BASE + Math.floor(Math.random() * UID_SPAN)
  // following links would need the right to look at every directory above
  const links = ['--preserve-symlinks', '--preserve-symlinks-main']
  const flags = ['--permission', '--allow-addons', ...links, ...readablePaths(entry).map(p => `--allow-fs-read=${p}`)]
  const command = [...isolation.command(uid), process.execPath, '--no-warnings', ...SAME_ARITHMETIC, ...flags, entry]
  // a cleaner of temporary files may have taken the empty directory of a node that has run for weeks
  await mkdir(cwd, { recursive: true })
  const child = spawn(command[0] as string, command.slice(1), {
    cwd,
    env: {
      // only finds the tools above
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      // the same on every host
      TZ: 'UTC',
      LC_ALL: 'C',
      LANG: 'C',
      // memory that one thread gave back serves the others too: 20 MiB less resident where data passes through
      MALLOC_ARENA_MAX: '1'
    },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe']
  })
  if (child.pid === undefined) {
    const error = await new Promise<Error>(resolve => child.once('error', resolve))
    throw startError(isolation, error.message)
  }
  const sandbox = new Sandbox(child, child.pid)
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_MS)
  try {
    for await (const { header } of sandbox.frames()) {
      if ((header as { type?: unknown }).type === 'ready') return sandbox
    }
    throw startError(isolation, `${await sandbox.exited} ${sandbox.lastWords}`)
  } finally {
    clearTimeout(timer)
  }
}

function startError(isolation: Isolation, why: string): UserError {
  return new UserError('SandboxStartError', `no sandbox could be started (${isolation.name}): ${why.trim()}`, {
    remedy: 'install util-linux (unshare, setpriv, prlimit) and check that Node may start child processes'
  })
}
