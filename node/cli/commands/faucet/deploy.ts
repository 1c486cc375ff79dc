import { join } from 'node:path'
import type { Command } from 'commander'
import { InvalidInputError } from '../../../../protocols/common/errors.ts'
import { tokenOf } from '../../../../protocols/common/network-document.ts'
import { parseAmount, parseDuration } from '../../../../protocols/common/units.ts'
import type { Address } from '../../../../protocols/common/values.ts'
import { absolute, INVITE_PREFIX } from '../../../config/convert.ts'
import { loadNetwork } from '../../../network/network-file.ts'
import type { FaucetSettings } from '../../../settlement/faucet.ts'
import { confirm } from '../../confirm.ts'
import { command, contextOf, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Io } from '../../io.ts'
import { fields } from '../../text.ts'
import type { Finish } from '../types.ts'
import { giftText } from './target.ts'

interface DeployOptions {
  json?: boolean
  network: string
  rpc?: string
  operator?: string
  coin: string
  tokens: string
  interval: string
  perDay: string
  dataDir?: string
  keyFile?: string
  passphraseFile?: string
  yes?: boolean
}

const COIN_DECIMALS = 18
const DEFAULTS = { coin: '0.1', tokens: '10', interval: '24h', perDay: '100' } as const

export function deployCommand(io: Io, finish: Finish): Command {
  return command('deploy', 'put the contract of a faucet on the chain of a network', [
    'dcn faucet deploy --network lab.json --operator 0x… --coin 0.1 --tokens 100 --interval 24h --per-day 200'
  ])
    .requiredOption('--network <file|invite>', 'the network: its chain and its token')
    .option('--rpc <url>', 'endpoint of the chain (default: the first of the network)')
    .option('--operator <account>', 'account of the node that serves it (default: the one that pays)')
    .option('--coin <coins>', 'coin that it gives at a time', DEFAULTS.coin)
    .option('--tokens <tokens>', 'tokens that it gives at a time', DEFAULTS.tokens)
    .option('--interval <time>', 'between two claims of an account', DEFAULTS.interval)
    .option('--per-day <n>', 'most claims of a day', DEFAULTS.perDay)
    .option('--data-dir <dir>', 'directory of the node whose account pays and owns it (DCN_DATA_DIR, default ~/.dcn)')
    .option('--key-file <file>', 'keystore of the account that pays instead')
    .option('--passphrase-file <file>', 'file with the passphrase of the key (DCN_PASSPHRASE)')
    .option('--yes', 'do not ask')
    .action((options: DeployOptions) => finish(deploy(options, io), options))
}

export async function deploy(options: DeployOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const dataDir = absolute(options.dataDir ?? (io.env['DCN_DATA_DIR'] || '~/.dcn'), io.cwd)
  const { name, chain, token } = await networkOf(options.network, io.cwd)
  const settings = settingsOf(options, token.decimals)
  const rpcUrl = options.rpc ?? chain.rpcUrls[0] ?? ''
  // contracts and chain code are loaded by this command alone
  const { isDevChain } = await import('../../../settlement/evm/dev-funds.ts')
  const { deployFaucet } = await import('../../../settlement/evm/deploy/faucet.ts')
  const { fileRecord } = await import('../../../settlement/evm/deploy/record.ts')
  const { deployKey } = await import('../../deploy-key.ts')
  const key = await deployKey(io, { ...keyOf(options, io.cwd), dataDir }, await isDevChain(rpcUrl))
  const operator = options.operator === undefined ? key.address : addressOf(options.operator)
  const plan = fields({
    network: `${name} (chain ${chain.chainId}, ${rpcUrl})`,
    gives: giftText(asText(settings), { token }),
    account: `once in ${settings.intervalSec} s`,
    today: `at most ${settings.dripsPerDay} a day`,
    operator,
    owner: `${key.address} (${key.from})`
  })
  if (!context.json) io.stderr.write(plan)
  if (options.yes !== true) await confirm(io, 'What is deployed cannot be changed afterwards. Deploy?')
  const record = fileRecord(join(dataDir, 'faucet'))
  const { address, transaction } = await deployFaucet(
    { rpcUrl, account: await key.unlock(), operator, token: chain.token, settings, record },
    { signal: io.signal }
  )
  record.clear()
  print(context, { contract: address, transaction, operator, owner: key.address, ...asText(settings) }, () => {
    const next = `Send it coin and ${token.symbol}, then start the node of ${operator} with:\n  --role faucet --faucet-contract ${address}\n`
    return `${fields({ contract: address, transaction })}\n${next}`
  })
  return EXIT.done
}

const asText = ({ coin, tokens, intervalSec, dripsPerDay }: FaucetSettings) => ({
  coin: coin.toString(),
  tokens: tokens.toString(),
  intervalSec,
  perDay: dripsPerDay
})

async function networkOf(given: string, cwd: string) {
  const { document } = await loadNetwork(given.startsWith(INVITE_PREFIX) ? given : absolute(given, cwd))
  const { name, chain } = document
  if (chain !== null) return { name, chain, token: tokenOf(document) }
  throw new InvalidInputError(`the network ${name} has no chain: a faucet has nothing to give`, {
    field: 'network',
    value: name,
    remedy: 'name a network that settles on a chain'
  })
}

/** What the contract would refuse, told before anything is paid. */
function settingsOf({ coin, tokens, interval, perDay }: DeployOptions, decimals: number): FaucetSettings {
  const count = Number(perDay)
  if (!Number.isInteger(count) || count < 1 || count > 1_000_000) throw bad('per-day', perDay, '1 to 1000000')
  const intervalSec = Math.ceil(parseDuration(interval, 'interval') / 1000)
  if (intervalSec < 1 || intervalSec > 365 * 86_400) throw bad('interval', interval, 'from 1s to 365d')
  const settings = {
    coin: parseAmount(coin, COIN_DECIMALS, 'coin'),
    tokens: parseAmount(tokens, decimals, 'tokens'),
    intervalSec,
    dripsPerDay: count
  }
  if (settings.coin === 0n && settings.tokens === 0n) throw bad('coin', coin, 'something, of coin or of tokens')
  return settings
}

function addressOf(text: string): Address {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) throw bad('operator', text, '0x and 40 hex digits')
  return text.toLowerCase() as Address
}

function keyOf({ keyFile, passphraseFile }: DeployOptions, cwd: string) {
  return {
    ...(keyFile === undefined ? {} : { keyFile: absolute(keyFile, cwd) }),
    ...(passphraseFile === undefined ? {} : { passphraseFile: absolute(passphraseFile, cwd) })
  }
}

const bad = (field: string, value: unknown, limit: string): InvalidInputError =>
  new InvalidInputError(`--${field}: expected ${limit}`, { field, value, limit, remedy: `correct --${field}` })
