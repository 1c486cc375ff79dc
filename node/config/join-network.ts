import { existsSync } from 'node:fs'
import { InvalidInputError } from '../../protocols/common/errors.ts'
import type { Invitation } from '../../protocols/common/invite.ts'
import type { NetworkDocument } from '../../protocols/common/network-document.ts'
import { relationOf, withLists } from '../../protocols/network/compare.ts'
import { loadNetwork, readNetworkFile, writeNetworkFile } from '../network/network-file.ts'
import { peerSigner } from '../network/peer-signer.ts'
import { createNetwork } from './create-network.ts'
import type { Keys } from './identity.ts'
import { networkFile } from './paths.ts'
import type { Config } from './schema.ts'

/**
 * The network this node takes part in: the one named by flag, the one it creates, or the one it joined before.
 * What was joined is kept in the data directory, so a restart needs no invite.
 *
 * @throws InvalidInputError when nothing names a network, or the data directory belongs to another one; what
 *   `loadNetwork` throws
 */
export async function joinNetwork(config: Config, keys: Keys): Promise<Invitation> {
  const known = await knownNetwork(config.dataDir)
  checkNames(config, known)
  if (config.init !== undefined) {
    const { init: name, dataDir, rpc, escrow, membership: policy } = config
    const owner = peerSigner(keys.seed)
    const made = known ?? (await createNetwork({ name, dataDir, rpc, escrow, policy, owner }, keys.account))
    return { document: made, hints: [] }
  }
  if (config.network !== undefined) return await keepNetwork(config.dataDir, config.network)
  if (known !== undefined) return { document: known, hints: [] }
  throw new InvalidInputError('no network is named', {
    field: 'network',
    remedy: 'join one with --network dcn1… (or a file), or create one with --init NAME'
  })
}

/** The network that a data directory belongs to, if it belongs to one. */
export async function knownNetwork(dataDir: string): Promise<NetworkDocument | undefined> {
  const path = networkFile(dataDir)
  return existsSync(path) ? await readNetworkFile(path) : undefined
}

/**
 * Takes a network into a data directory. Of two revisions the newer one stays: an invite that was written down long ago
 * still names its network.
 *
 * @throws InvalidInputError when the directory belongs to another network; what `loadNetwork` throws
 */
export async function keepNetwork(dataDir: string, pathOrInvite: string): Promise<Invitation> {
  const known = await knownNetwork(dataDir)
  const { document: given, hints } = await loadNetwork(pathOrInvite, known)
  const document = known?.id === given.id ? withLists(known, given) : given
  if (known !== undefined && known.id !== document.id) {
    throw new InvalidInputError(`this data directory belongs to the network ${known.id}`, {
      field: 'network',
      value: document.id,
      limit: known.id,
      remedy: 'choose another --data-dir for another network'
    })
  }
  if (known !== undefined && relationOf(known, document) !== 'newer') return { document: known, hints }
  await writeNetworkFile(networkFile(dataDir), document)
  return { document, hints }
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
