import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { Command } from 'commander'
import { InvalidInputError, UserError } from '../../../../protocols/common/errors.ts'
import { NETWORK_LIMITS, type NetworkDocument } from '../../../../protocols/common/network-document.ts'
import { parseDuration } from '../../../../protocols/common/units.ts'
import type { Address } from '../../../../protocols/common/values.ts'
import { absolute } from '../../../config/convert.ts'
import { readNetworkFile } from '../../../network/network-file.ts'
import { type GivenSettings, PROFILE_NAMES, type ProfileName } from '../../../settlement/evm/deploy/profiles.ts'
import type { Io } from '../../io.ts'

export interface DeployOptions {
  json?: boolean
  verbose?: boolean
  rpc: string[]
  profile: string
  token?: string
  seatStake?: string
  minSeatFee?: string
  minWindow?: string
  revealWindow?: string
  appealWindow?: string
  activation?: string
  exitDelay?: string
  confirmations?: string
  out?: string
  name?: string
  network?: string
  dataDir?: string
  keyFile?: string
  passphraseFile?: string
  dryRun?: boolean
  yes?: boolean
}

/** Where the addresses go: into a document that is there, or a new one. */
export interface Target {
  path: string
  name: string
  existing?: NetworkDocument
}

export interface DeployRequest {
  what: { rpcUrl: string; profile: ProfileName; settings: Partial<GivenSettings>; token?: Address }
  /** the one that is deployed through, and those for the network's document */
  rpcUrls: string[]
  confirmations?: number
  /** undefined: nothing is to be sent */
  target?: Target
  dataDir: string
  keyFile?: string
  passphraseFile?: string
  isConfirmed: boolean
}

type SettingFlag = 'minWindow' | 'revealWindow' | 'appealWindow' | 'activation' | 'exitDelay'
/** Flag of a window → its setting. */
const WINDOWS: readonly [SettingFlag, keyof GivenSettings][] = [
  ['minWindow', 'minWindowSec'],
  ['revealWindow', 'revealWindowSec'],
  ['appealWindow', 'appealWindowSec'],
  ['activation', 'activationSec'],
  ['exitDelay', 'exitDelaySec']
]
const URL_SHAPE = /^(https?):\/\/\S{1,240}$/
const ADDRESS_SHAPE = /^0x[0-9a-fA-F]{40}$/
const NAME_SHAPE = /^[a-z0-9]([a-z0-9-]{0,29}[a-z0-9])?$/
const MAX_CONFIRMATIONS = 1000

export function deployOptions(command: Command): Command {
  const collect = (value: string, before: string[] = []) => [...before, value]
  return command
    .requiredOption('--rpc <url>', 'endpoint of the chain; repeat it for those that nodes may use beside', collect)
    .option('--profile <name>', `kind of network: ${PROFILE_NAMES.join(', ')}`, 'private')
    .option('--token <address>', 'ERC-20 that deals are paid in (default: a new DCN token)')
    .option('--seat-stake <tokens>', 'what a seat of the court stakes')
    .option('--min-seat-fee <tokens>', 'the least that a seat of a committee is paid')
    .option('--min-window <time>', 'the shortest window that a deal may have, such as 10min')
    .option('--reveal-window <time>', 'time to open votes')
    .option('--appeal-window <time>', 'time to appeal against a verdict')
    .option('--activation <time>', 'from taking a seat until it may be drawn')
    .option('--exit-delay <time>', 'from asking to leave a seat until its stake is free')
    .option('--confirmations <n>', 'blocks until nodes believe an event (default: 1 on a development chain, else 2)')
    .option('--out <file>', 'write a new network file')
    .option('--name <name>', 'name of the new network (default: that of the file)')
    .option('--network <file>', 'write into this network file, which has no chain yet')
    .option('--data-dir <dir>', 'directory of the node whose account pays (DCN_DATA_DIR, default ~/.dcn)')
    .option('--key-file <file>', 'keystore of the account that pays instead')
    .option('--passphrase-file <file>', 'file with the passphrase of the key (DCN_PASSPHRASE)')
    .option('--dry-run', 'say what it would cost, and send nothing')
    .option('--yes', 'do not ask')
    .option('--verbose', 'show progress without a terminal too')
}

/** @throws InvalidInputError, UserError named OutputExistsError */
export async function deployRequest(options: DeployOptions, { env, cwd }: Io): Promise<DeployRequest> {
  const path = (file: string | undefined) => (file === undefined ? undefined : absolute(file, cwd))
  const isDryRun = options.dryRun === true
  const target = await targetOf(options, path)
  if (target === undefined && !isDryRun) {
    throw bad('out', undefined, 'a file for the addresses', 'give --out FILE for a new network, or --network FILE')
  }
  const rpcUrls = rpcUrlsOf(options.rpc)
  return {
    what: {
      rpcUrl: rpcUrls[0] ?? '',
      profile: profileOf(options.profile),
      settings: settingsOf(options),
      ...optional('token', addressOf(options.token))
    },
    rpcUrls,
    ...optional('confirmations', confirmationsOf(options.confirmations)),
    ...optional('target', isDryRun ? undefined : target),
    dataDir: absolute(options.dataDir ?? (env['DCN_DATA_DIR'] || '~/.dcn'), cwd),
    ...optional('keyFile', path(options.keyFile)),
    ...optional('passphraseFile', path(options.passphraseFile)),
    isConfirmed: options.yes === true
  }
}

async function targetOf(
  { out, name, network }: DeployOptions,
  path: (file: string | undefined) => string | undefined
): Promise<Target | undefined> {
  if (out !== undefined && network !== undefined) throw bad('network', network, 'either --out or --network')
  const into = path(network)
  if (into !== undefined) {
    const existing = await readNetworkFile(into)
    if (existing.chain === null) return { path: into, name: existing.name, existing }
    throw bad(
      'network',
      network,
      'a network without a chain',
      'write a new network with --out: its members move by joining it'
    )
  }
  const file = path(out)
  if (file === undefined) return undefined
  if (existsSync(file)) {
    throw new UserError('OutputExistsError', `${file} is there already`, {
      field: 'out',
      value: file,
      remedy: 'choose another file; it may hold the secret of a network'
    })
  }
  const named = name ?? basename(file).replace(/\.json$/, '')
  if (!NAME_SHAPE.test(named)) {
    throw bad('name', named, '1 to 31 of a-z, 0-9 and "-"', 'give the network a name with --name')
  }
  return { path: file, name: named }
}

function settingsOf(options: DeployOptions): Partial<GivenSettings> {
  const windows = WINDOWS.flatMap(([flag, key]) => {
    const value = options[flag]
    return value === undefined ? [] : [[key, Math.ceil(parseDuration(value, flag) / 1000)] as const]
  })
  return {
    ...(Object.fromEntries(windows) as Partial<GivenSettings>),
    ...optional('seatStake', options.seatStake),
    ...optional('minSeatFee', options.minSeatFee)
  }
}

function rpcUrlsOf(urls: string[]): string[] {
  const wrong = urls.find(url => !URL_SHAPE.test(url))
  if (wrong !== undefined) throw bad('rpc', wrong, 'an address such as https://rpc.example.org')
  if (urls.length > NETWORK_LIMITS.rpcUrls) throw bad('rpc', urls.length, `at most ${NETWORK_LIMITS.rpcUrls}`)
  return urls
}

function profileOf(name: string): ProfileName {
  const profile = PROFILE_NAMES.find(known => known === name)
  if (profile === undefined) throw bad('profile', name, PROFILE_NAMES.join(', '))
  return profile
}

function addressOf(text: string | undefined): Address | undefined {
  if (text === undefined) return undefined
  if (!ADDRESS_SHAPE.test(text)) throw bad('token', text, '0x and 40 hex digits')
  return text.toLowerCase() as Address
}

function confirmationsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= MAX_CONFIRMATIONS) return count
  throw bad('confirmations', text, `1 to ${MAX_CONFIRMATIONS}`)
}

function bad(field: string, value: unknown, limit: string, remedy = `correct --${field}`): InvalidInputError {
  return new InvalidInputError(`--${field}: expected ${limit}`, { field, value, limit, remedy })
}

const optional = <K extends string, V>(key: K, value: V | undefined) =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: V }
