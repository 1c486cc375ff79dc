import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import type { PrivateKeyAccount } from 'viem/accounts'
import type { NetworkDocument } from '../protocols/common/network-document.ts'
import type { Daemon, DaemonIo, ReadyInfo } from './cli/daemon-api.ts'
import { loadKeys } from './config/identity.ts'
import { joinNetwork } from './config/join-network.ts'
import { keepPort, withKeptPort } from './config/kept-port.ts'
import { peersFile } from './config/paths.ts'
import type { Config } from './config/schema.ts'
import { createLog } from './log/create.ts'
import { createNode, type DcnNode, type NodeInit } from './node.ts'
import { hostTimeZone, parseSchedule } from './schedule/parse.ts'
import { hoursText } from './schedule/text.ts'
import { fundFromDevChain, holdsTokens } from './settlement/evm/dev-funds.ts'
import { rpcUrlsOf } from './settlement/index.ts'

/** What a node on a development chain gives itself: play money, enough for many jobs. */
const DEV_TOKENS = 1_000n * 10n ** 18n
const DEV_FREE = DEV_TOKENS / 2n
const DEV_COIN = 10n * 10n ** 18n

/**
 * Starts a node from its configuration: keys, network, funds on a development chain, then the node itself. What `dcn-node` does.
 *
 * @param io where it writes, who is asked for the passphrase, and a signal that ends a start under way
 * @param embedded what a program around it adds
 * @throws UserError of many names: DataDirInUseError, PassphraseMissingError, NetworkFileError, …
 * @example
 * ```ts
 * const { config } = effectiveConfig({ flags: { roles: 'creator', init: 'lab', dataDir: '.data/me', insecureDevKeys: 'true' } })
 * const { signal } = new AbortController()
 * const daemon = await startDaemon(config, { stdout: process.stdout, stderr: process.stderr, signal, passphrase: async () => '' })
 * console.log(daemon.ready.invite)
 * await daemon.stop()
 * ```
 */
export async function startDaemon(
  config: Config,
  io: DaemonIo,
  embedded: Pick<NodeInit, 'aroundEngine'> = {}
): Promise<Daemon> {
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  const { log, hide, setLevel, close: closeLog } = createLog(config.log, line => void io.stderr.write(line))
  const keys = await loadKeys(config.dataDir, config.insecureDevKeys, async isNew => {
    const passphrase = await io.passphrase({ isNew })
    hide(passphrase)
    return passphrase
  })
  hide(keys.seed)
  const { document: network, hints } = await joinNetwork(config, keys)
  const isFirst = config.init !== undefined || isAlone(config.dataDir, network, hints)
  hide(network.secret)
  const closed = Promise.withResolvers<void>()
  const node = await createNode({
    ...embedded,
    config: { ...config, listen: await withKeptPort(config.dataDir, config.listen) },
    network,
    hints,
    account: keys.account,
    seed: keys.seed,
    log,
    setLogLevel: setLevel,
    onStopRequest: () => void stop()
  })
  hide(node.token)
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopping ??= node.stop().finally(closeLog).then(closed.resolve, closed.reject)
    return stopping
  }
  try {
    if (network.chain?.dev === true) await fundOnDevChain(network.chain, config, keys.account)
    io.signal.throwIfAborted()
    await node.start()
    if (network.chain?.dev === true && config.autoDeposit) await depositPlayMoney(node)
    return { ready: await readyInfo(config, network, node, isFirst), stop, closed: closed.promise }
  } catch (error) {
    await node.stop().finally(closeLog)
    throw error
  }
}

/** On a development chain the first deal should not have to wait for its deposit. */
async function depositPlayMoney({ api }: DcnNode): Promise<void> {
  const { wallet, free } = await api.wallet()
  if (BigInt(free) < DEV_FREE && BigInt(wallet) >= DEV_FREE) await api.deposit(DEV_FREE)
}

async function readyInfo(
  config: Config,
  network: NetworkDocument,
  { api, url, metricsUrl }: DcnNode,
  isFirst: boolean
): Promise<ReadyInfo> {
  const { peerId, account, addrs, roles, warnings, engines, faucet } = await api.info()
  await keepPort(config.dataDir, addrs)
  const available = engines.filter(e => e.available).map(e => `${e.kind} ${e.version ?? ''}`.trim())
  return {
    peerId,
    account,
    addrs,
    roles,
    network: { id: network.id, name: network.name },
    api: url ?? '',
    ...(metricsUrl === undefined ? {} : { metrics: metricsUrl }),
    dataDir: config.dataDir,
    ...(faucet === undefined ? {} : { faucet }),
    ...(roles.includes('provider') ? { offer: { engines: available, price: config.prices, ...hoursOf(config) } } : {}),
    ...(isFirst ? { invite: (await api.invite()).invite } : {}),
    warnings: warnings.map(({ message, remedy }) => ({ message, ...(remedy === undefined ? {} : { remedy }) }))
  }
}

/** When a provider works, and what that means now. */
function hoursOf({ schedule: text, timeZone = hostTimeZone() }: Config): { hours?: string } {
  if (text === undefined) return {}
  return { hours: `${text}; ${hoursText(parseSchedule(text, timeZone), Date.now())}` }
}

/** The first with its document: nobody else can be found yet. */
function isAlone(dataDir: string, { bootstrap }: NetworkDocument, hints: readonly string[]): boolean {
  return bootstrap.length === 0 && hints.length === 0 && !existsSync(peersFile(dataDir))
}

/** Idempotent enough: a node that still has play money takes no more. */
async function fundOnDevChain(
  chain: NonNullable<NetworkDocument['chain']>,
  config: Config,
  { address: to }: PrivateKeyAccount
): Promise<void> {
  const rpcUrls = rpcUrlsOf(chain, config)
  const tokenAmount = (await holdsTokens({ ...chain, rpcUrls }, to)) ? 0n : DEV_TOKENS
  await fundFromDevChain({ rpcUrls, token: chain.token, to, tokenAmount, ethAmount: DEV_COIN })
}
