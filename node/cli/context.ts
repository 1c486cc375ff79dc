import { readFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import { InvalidInputError } from '../../protocols/common/errors.ts'
import { absolute } from '../config/convert.ts'
import { troubleText } from '../errors/file-trouble.ts'
import type { NodeClient } from '../http/client.ts'
import type { Io } from './io.ts'

/** What every command is given beside its own options. */
export interface Context {
  io: Io
  json: boolean
  verbose: boolean
  /** the node to speak to; looked up anew each time, because a restarted node has another port */
  client(): Promise<NodeClient>
}

export interface CommonOptions {
  json?: boolean
  verbose?: boolean
  dataDir?: string
  node?: string
  token?: string
  tokenFile?: string
}

/** A token is 43 characters; a larger file is the wrong one. */
const TOKEN_FILE_MAX = 4096

/** A command that speaks to a node: the flags that all of these share, and an example in its help. */
export function nodeCommand(name: string, summary: string, examples: readonly string[]): Command {
  return command(name, summary, examples)
    .option('--data-dir <dir>', 'data directory of the node to speak to (DCN_DATA_DIR, default ~/.dcn)')
    .option('--node <url>', 'address of the node instead (DCN_NODE)')
    .addOption(new Option('--token <token>', 'its API token (DCN_TOKEN); visible to others on this host').hideHelp())
    .option('--token-file <file>', 'file with its API token (DCN_TOKEN_FILE)')
    .option('--verbose', 'show progress without a terminal too')
}

export function command(name: string, summary: string, examples: readonly string[]): Command {
  const made = new Command(name).description(summary).option('--json', 'print JSON')
  return made.addHelpText('after', `\nExamples:\n${examples.map(e => `  $ ${e}`).join('\n')}`)
}

/** An option with a list of values, for its help and for completion; what reads it refuses others with a remedy. */
export function oneOf(flags: string, description: string, values: readonly string[]): Option {
  const option = new Option(flags, description)
  option.argChoices = [...values]
  return option
}

export function contextOf(io: Io, options: CommonOptions): Context {
  return {
    io,
    json: options.json === true,
    verbose: options.verbose === true || io.isTty,
    client: () => openClient(io, options)
  }
}

async function openClient(io: Io, options: CommonOptions): Promise<NodeClient> {
  // with its schemas it is most of what a command loads: help and typing mistakes answer without it
  const { connect, findNode } = await import('../http/client.ts')
  const { env, cwd } = io
  const dataDir = absolute(options.dataDir ?? (env['DCN_DATA_DIR'] || '~/.dcn'), cwd)
  const url = options.node ?? env['DCN_NODE']
  const tokenFile = options.tokenFile ?? env['DCN_TOKEN_FILE']
  const token =
    options.token ?? (tokenFile === undefined ? env['DCN_TOKEN'] : await readToken(absolute(tokenFile, cwd)))
  if (url === undefined) {
    const found = await findNode(dataDir)
    return connect(token === undefined ? found : { ...found, token })
  }
  if (!/^https?:\/\/[^\s/]+\/?$/.test(url)) {
    throw new InvalidInputError('--node: expected an address such as http://127.0.0.1:8080', {
      field: 'node',
      value: url
    })
  }
  if (token !== undefined) return connect({ url, token })
  // the token of the local node goes to the local node alone
  const local = await findNode(dataDir).catch(() => undefined)
  if (local === undefined || local.url !== url.replace(/\/$/, '')) {
    throw new InvalidInputError(`the API token of ${url} is missing`, {
      field: 'token',
      remedy: 'give it with --token-file or DCN_TOKEN'
    })
  }
  return connect(local)
}

async function readToken(path: string): Promise<string> {
  try {
    const content = (await readFile(path, 'utf8')).slice(0, TOKEN_FILE_MAX).trim()
    return content.startsWith('{') ? String((JSON.parse(content) as { token?: unknown }).token) : content
  } catch (cause) {
    throw new InvalidInputError(`cannot read the token in ${path}: ${troubleText(cause)}`, {
      field: 'token-file',
      value: path,
      remedy: 'name api.json of the data directory of the node, or a file with nothing but the token',
      cause
    })
  }
}

/** Prints one thing: JSON for scripts, else the text for people. */
export function print({ io, json }: Context, value: unknown, text: () => string): void {
  io.stdout.write(json ? `${JSON.stringify(value)}\n` : text())
}
