import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { PrivateKeyAccount } from 'viem/accounts'
import { InvalidInputError } from '../../protocols/common/errors.ts'
import { parseInvite } from '../../protocols/common/invite.ts'
import { createNetworkDocument, type NetworkDocument } from '../../protocols/common/network-document.ts'
import { loadNetwork, readNetworkFile, writeNetworkFile } from '../network/network-file.ts'
import { createChain, firstAnswering } from '../settlement/evm/create-chain.ts'
import { fileRecord } from '../settlement/evm/deploy/record.ts'
import { isInvite } from './convert.ts'
import type { Config } from './schema.ts'

/** Matching slots of a private network: short, because its members are near each other. */
const PRIVATE_ROUND_MS = 250

export const networkFile = (dataDir: string): string => join(dataDir, 'network.json')

/**
 * The network this node takes part in: the one named by flag, the one it creates, or the one it joined before.
 * What was joined is kept in the data directory, so a restart needs no invite.
 *
 * @throws InvalidInputError when nothing names a network, or the data directory belongs to another one
 */
export async function joinNetwork(config: Config, account: PrivateKeyAccount): Promise<NetworkDocument> {
  const path = networkFile(config.dataDir)
  const known = existsSync(path) ? await readNetworkFile(path) : undefined
  checkNames(config, known)
  if (config.init !== undefined) return known ?? (await create(config, config.init, account, path))
  if (config.network === undefined) {
    if (known !== undefined) return known
    throw new InvalidInputError('no network is named', {
      field: 'network',
      remedy: 'join one with --network dcn1… (or a file), or create one with --init NAME'
    })
  }
  const given = isInvite(config.network) ? parseInvite(config.network) : await loadNetwork(config.network)
  if (known !== undefined && known.id !== given.id) {
    throw new InvalidInputError(`this data directory belongs to the network ${known.id}`, {
      field: 'network',
      value: given.id,
      limit: known.id,
      remedy: 'choose another --data-dir for another network'
    })
  }
  // the newest document wins: its bootstrap addresses may have changed
  await writeNetworkFile(path, given)
  return given
}

/** Whoever names two networks means one of them, and nobody can tell which. */
function checkNames({ init, network }: Config, known: NetworkDocument | undefined): void {
  if (init === undefined) return
  if (network !== undefined) {
    throw new InvalidInputError('--init creates a network and --network joins one', {
      field: 'init',
      value: init,
      remedy: 'give one of the two'
    })
  }
  if (known !== undefined && known.name !== init) {
    throw new InvalidInputError(`this data directory belongs to the network ${known.name}`, {
      field: 'init',
      value: init,
      limit: known.name,
      remedy: 'choose another --data-dir for another network, or leave out --init'
    })
  }
}

async function create(
  config: Config,
  name: string,
  account: PrivateKeyAccount,
  path: string
): Promise<NetworkDocument> {
  // a run that failed half way goes on where it was
  const record = fileRecord(config.dataDir)
  const { rpc, escrow } = config
  const made = rpc.length === 0 ? null : await createChain(await firstAnswering(rpc), account, { escrow, record })
  const chain = made && { ...made, rpcUrls: rpc }
  const document = newNetwork(name, chain)
  await writeNetworkFile(path, document)
  record.clear()
  return document
}

/** A network that nobody is in yet. */
export function newNetwork(name: string, chain: NetworkDocument['chain']): NetworkDocument {
  return createNetworkDocument({
    name,
    secret: new Uint8Array(randomBytes(32)),
    chain,
    bootstrap: [],
    roundMs: PRIVATE_ROUND_MS,
    createdAt: Date.now()
  })
}
