import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import type { NetworkDocument } from '../protocols/common/network-document.ts'
import type { Daemon, DaemonIo, ReadyInfo } from './cli/daemon-api.ts'
import { loadKeys } from './config/identity.ts'
import { keepPort, withKeptPort } from './config/kept-port.ts'
import { peersFile } from './config/paths.ts'
import type { Config } from './config/schema.ts'
import { DEV_TOKENS } from './dev-tokens.ts'
import { createLog } from './log/create.ts'
import type { DcnNode, NodeInit } from './node.ts'
import { hostTimeZone, parseSchedule } from './schedule/parse.ts'
import { hoursText } from './schedule/text.ts'

const DEV_FREE = DEV_TOKENS / 2n

/** What a daemon needs once it has its keys: most of the program. */
export type LoadNode = () => Promise<typeof import('./daemon-code.ts')>

/** `startDaemon`, with code that is loaded while the keys are opened: their passphrase keeps one core busy for a second. */
export async function startWith(
  load: LoadNode,
  config: Config,
  io: DaemonIo,
  embedded: Pick<NodeInit, 'aroundEngine'> = {}
): Promise<Daemon> {
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  const { log, hide, setLevel, close: closeLog } = createLog(config.log, line => void io.stderr.write(line))
  const code = onceLoaded(load)
  const passphraseOf = async (isNew: boolean) => {
    const passphrase = await io.passphrase({ isNew })
    hide(passphrase)
    return passphrase
  }
  // not before: while the code is compiled nothing else begins
  const onDerive = () => void code().catch(() => undefined)
  const keys = await loadKeys(config.dataDir, config.insecureDevKeys, passphraseOf, { onDerive })
  hide(keys.seed)
  const { createNode, joinNetwork, fundOnDevChain } = await code()
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
    // what does not stop is in the log; why it did not start is what its owner needs
    await node
      .stop()
      .catch(() => undefined)
      .finally(closeLog)
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

function onceLoaded(load: LoadNode): LoadNode {
  let loading: ReturnType<LoadNode> | undefined
  return () => {
    loading ??= load()
    return loading
  }
}
