import { mkdir } from 'node:fs/promises'
import type { PrivateKeyAccount } from 'viem/accounts'
import { encodeInvite } from '../protocols/common/invite.ts'
import type { NetworkDocument } from '../protocols/common/network-document.ts'
import { loadKeys } from './config/identity.ts'
import { joinNetwork, networkFile } from './config/join-network.ts'
import { keepPort, withKeptPort } from './config/kept-port.ts'
import type { Config } from './config/schema.ts'
import type { NodeInfo } from './http/views.ts'
import { createLog } from './log.ts'
import { writeNetworkFile } from './network/network-file.ts'
import { createNode } from './node.ts'
import { fundFromDevChain, holdsTokens } from './settlement/evm/dev-funds.ts'

export interface DaemonIo {
  stdout: { write(text: string): unknown }
  stderr: { write(text: string): unknown }
  /** asks for the keystore's passphrase; `isNew` when one is being chosen */
  passphrase(isNew: boolean): Promise<string>
  /** the API was asked to stop the node */
  onStopRequest?: () => void
}

export interface Daemon {
  /** drains and stops */
  stop(): Promise<void>
  ready: ReadyInfo
}

/** What a started node says about itself. */
export interface ReadyInfo extends NodeInfo {
  url: string
  /** one line for the next host, when this node created the network */
  invite?: string
}

/** What a node on a development chain gives itself: play money, enough for many jobs. */
const DEV_TOKENS = 1_000n * 10n ** 18n
const DEV_COIN = 10n * 10n ** 18n

/** Starts a node from its configuration: keys, network, funds on a development chain, then the node itself. */
export async function startDaemon(config: Config, io: DaemonIo): Promise<Daemon> {
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  const log = createLog(config.log, line => void io.stderr.write(line))
  const keys = await loadKeys(config.dataDir, config.insecureDevKeys, isNew => io.passphrase(isNew))
  let network = await joinNetwork(config, keys.account)
  const node = await createNode({
    config: { ...config, listen: await withKeptPort(config.dataDir, config.listen) },
    network,
    account: keys.account,
    seed: keys.seed,
    log,
    ...(io.onStopRequest === undefined ? {} : { onStopRequest: io.onStopRequest })
  })
  try {
    if (network.chain?.dev === true) await fundOnDevChain(network.chain, keys.account)
    await node.start()
    const info = await node.api.info()
    await keepPort(config.dataDir, info.addrs)
    if (config.init !== undefined) network = await announceSelf(config, network, info.addrs)
    const invite = config.init === undefined ? {} : { invite: encodeInvite(network) }
    return { stop: () => node.stop(), ready: { ...info, url: node.url ?? '', ...invite } }
  } catch (error) {
    await node.stop()
    throw error
  }
}

/** The creator of a network is its first bootstrap peer; its document says where it listens now. */
async function announceSelf(config: Config, network: NetworkDocument, addrs: string[]): Promise<NetworkDocument> {
  const others = network.bootstrap.filter(addr => !addrs.some(own => own.split('/p2p/')[1] === addr.split('/p2p/')[1]))
  const document = { ...network, bootstrap: [...addrs, ...others].slice(0, 16) }
  await writeNetworkFile(networkFile(config.dataDir), document)
  return document
}

/** Idempotent enough: a node that still has play money takes no more. */
async function fundOnDevChain(chain: NonNullable<NetworkDocument['chain']>, account: PrivateKeyAccount): Promise<void> {
  const rpcUrl = chain.rpcUrls[0] ?? ''
  const tokenAmount = (await holdsTokens(chain, account.address)) ? 0n : DEV_TOKENS
  await fundFromDevChain({ rpcUrl, token: chain.token, to: account.address, tokenAmount, ethAmount: DEV_COIN })
}
