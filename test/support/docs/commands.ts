import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import type { Command } from 'commander'
import { sourcesOf } from '../../../node/cli/config-flags.ts'
import type { Io } from '../../../node/cli/io.ts'
import { nodeProgram } from '../../../node/cli/node-program.ts'
import { clientProgram } from '../../../node/cli/program.ts'
import { effectiveConfig } from '../../../node/config/load.ts'

/** Programs of other people that the pages may name. */
const OTHERS = new Set(
  'bash cat cd clang curl cp eval export git install jq ls mkdir npm npx openssl rm seq sh source sudo systemctl tar useradd docker ip'.split(
    ' '
  )
)

const root = join(import.meta.dirname, '..', '..', '..')

/** What is wrong with a command as a page shows it; undefined when it would be understood. */
export async function faultOf(words: readonly string[]): Promise<string | undefined> {
  const [name = '', ...args] = words
  if (name === 'npx') return await faultOf(args)
  if (name === 'dcn') return await faultOfClient(args)
  if (name === 'dcn-node') return await faultOfNode(args)
  if (name === 'npm') return faultOfNpm(args)
  if (/^(scripts|\.)\//.test(name)) return existsSync(join(root, name)) ? undefined : `there is no ${name}`
  return OTHERS.has(name) || name === 'forge' || name === 'cast' || name === 'biome'
    ? undefined
    : `unknown program ${name}`
}

async function faultOfClient(args: readonly string[]): Promise<string | undefined> {
  const { io, said } = silentIo()
  const program = await clientProgram('all', io, async () => undefined)
  disarm(program)
  return await parsed(program, args, said)
}

async function faultOfNode(args: readonly string[]): Promise<string | undefined> {
  const { io, said } = silentIo()
  const program = nodeProgram(io)
  let fault: string | undefined
  program.action((options: Record<string, unknown>) => {
    // a file of settings is not there; the rest is read as the node would
    const { config: _file, ...flags } = options
    try {
      effectiveConfig({ ...sourcesOf(flags, io), homeFile: false })
    } catch (error) {
      fault = String(error)
    }
  })
  return (await parsed(program, args, said)) ?? fault
}

/** Commander says what is wrong with names, options and arguments; nothing is run. */
async function parsed(program: Command, args: readonly string[], said: () => string): Promise<string | undefined> {
  try {
    await program.parseAsync([...args], { from: 'user' })
    return undefined
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    const isHelp = code === 'commander.helpDisplayed' || code === 'commander.version'
    return isHelp ? undefined : `${message} ${said()}`
  }
}

function disarm(command: Command): void {
  if (command.commands.length === 0 || command.registeredArguments.length > 0) command.action(() => undefined)
  for (const inner of command.commands) disarm(inner)
}

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
const NPM = new Set(['ci', 'install', 'pack', 'publish', 'version', 'view', 'login', 'whoami', 'audit'])

function faultOfNpm(args: readonly string[]): string | undefined {
  const [verb = '', ...rest] = args.filter(arg => !arg.startsWith('-'))
  const script = verb === 'run' ? (rest[0] ?? '') : verb
  if (verb !== 'run' && NPM.has(verb)) return undefined
  return script in scripts ? undefined : `package.json has no script ${script}`
}

function silentIo(): { io: Io; said: () => string } {
  let text = ''
  const sink = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk)
      done()
    }
  })
  const io: Io = {
    stdin: new PassThrough(),
    stdout: sink,
    stderr: sink,
    env: { HOME: '/home/somebody' },
    cwd: root,
    signal: new AbortController().signal
  } as unknown as Io
  return { io, said: () => text }
}
