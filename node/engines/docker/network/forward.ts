import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { UserError } from '../../../../protocols/common/errors.ts'
import { entryFile } from '../../entry-file.ts'

/** Where a job finds its proxy. Nothing else listens in its namespace. */
export const PROXY_PORT = 3128
/** A start takes 60 ms on an idle machine. */
const READY_MS = 10_000

/** Why jobs cannot have an allow-list here; undefined when they can. */
export function forwardingLacks(): string | undefined {
  if (process.platform !== 'linux') return 'allow-lists need Linux'
  if (process.getuid?.() !== 0) return 'entering a network namespace needs root'
  if (!onPath('nsenter')) return 'nsenter (util-linux) is not installed'
  return forwarderFile() === undefined ? 'the installation lacks its forwarder' : undefined
}

/**
 * Starts the forwarder in the network namespace of a process. It ends with this process.
 *
 * @throws UserError named JobNetworkError
 */
export async function startForwarder(
  pid: number,
  socketPath: string,
  user: { uid: number; gid: number }
): Promise<ChildProcess> {
  const args = [forwarderFile() ?? '', socketPath, String(PROXY_PORT), String(user.uid), String(user.gid)]
  const child = spawn('nsenter', [`--net=/proc/${pid}/ns/net`, '--', process.execPath, '--no-warnings', ...args], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { PATH: process.env['PATH'] ?? '' },
    cwd: '/'
  })
  child.stdin?.on('error', () => undefined)
  const said = await new Promise<string>(resolve => {
    const timer = setTimeout(() => resolve('no answer in time'), READY_MS)
    const done = (text: string) => {
      clearTimeout(timer)
      resolve(text)
    }
    child.stdout?.once('data', data => done(String(data).trim()))
    child.once('error', error => done(error.message))
    child.once('exit', code => done(`it ended with ${code}`))
  })
  if (said === 'ready') return child
  child.kill('SIGKILL')
  throw new UserError('JobNetworkError', `the forwarder of the job's network did not start: ${said}`)
}

/** Resolves when it is gone, and its port with it. */
export async function endForwarder(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

const forwarderFile = (): string | undefined => entryFile(import.meta.url, './forwarder.ts', 'forwarder.mjs')

const onPath = (tool: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some(dir => existsSync(join(dir, tool)))
