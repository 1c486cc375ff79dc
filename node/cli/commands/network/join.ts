import { mkdir } from 'node:fs/promises'
import type { Command } from 'commander'
import { encodeInvite, type Invitation } from '../../../../protocols/common/invite.ts'
import { peerText } from '../../../../protocols/common/peer-text.ts'
import { checkNotOlder } from '../../../../protocols/network/compare.ts'
import { networkView } from '../../../api/network.ts'
import { absolute, isInvite } from '../../../config/convert.ts'
import { keepNetwork, knownNetwork } from '../../../config/join-network.ts'
import { peersFile } from '../../../config/paths.ts'
import type { NetworkView } from '../../../http/views.ts'
import { loadNetwork } from '../../../network/network-file.ts'
import { command, contextOf, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Io } from '../../io.ts'
import { fields } from '../../text.ts'
import type { Finish } from '../types.ts'
import { dataDirOf, type KeyOptions, keyFlags, keysOf, startLine, tryLock } from './home.ts'
import { advice, STANDINGS } from './show.ts'

interface JoinOptions extends KeyOptions {
  json?: boolean
  dataDir?: string
}

export function joinCommand(io: Io, finish: Finish): Command {
  return command('join', 'make this host ready for a network; no node is started', [
    'dcn network join dcn1…',
    'dcn network join lab.invite --data-dir provider'
  ])
    .argument('<network>', 'invite line, or a file with one')
    .option('--data-dir <dir>', 'data directory of the node (DCN_DATA_DIR, default ~/.dcn)')
    .option('--passphrase-file <file>', 'file with the passphrase of its keys (DCN_PASSPHRASE)')
    .option('--insecure-dev-keys', 'keep its keys without a passphrase, for tests only')
    .action((network: string, options: JoinOptions) => finish(joinNetworkHere(network, options, io), options))
}

export async function joinNetworkHere(network: string, options: JoinOptions, io: Io): Promise<ExitCode> {
  const dataDir = dataDirOf(io, options)
  const named = isInvite(network) ? network : absolute(network, io.cwd)
  // an invite that cannot be right makes no directory
  const known = await knownNetwork(dataDir)
  const invitation = await loadNetwork(named, known)
  if (known !== undefined) checkNotOlder(known, invitation.document)
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const lock = await tryLock(dataDir)
  if (lock === undefined) return runningAlready(dataDir, invitation, options, io)
  try {
    const keys = await keysOf(io, dataDir, options)
    const { document } = await keepNetwork(dataDir, named)
    const { peerSigner } = await import('../../../network/peer-signer.ts')
    const self = peerText(peerSigner(keys.seed).key)
    await keepHints(dataDir, self, invitation.hints)
    const view = networkView(document, self)
    const account = keys.account.address.toLowerCase()
    const next = startLine('provider', dataDir, keyFlags(options))
    print(contextOf(io, options), { ...view, dataDir, account, next }, () => joinedText(view, account, dataDir, next))
    return EXIT.done
  } finally {
    lock.release()
  }
}

function joinedText(view: NetworkView, account: string, dataDir: string, next: string): string {
  const lines = fields({
    network: view.name,
    id: view.id,
    owner: view.owner,
    settlement: view.settlement === 'none' ? 'none' : `chain ${view.chain?.chainId}`,
    peer: view.self,
    account,
    standing: STANDINGS[view.standing],
    directory: dataDir
  })
  return `${lines}${advice(view)}\nStart a node here (its roles: provider, creator, mediator, relay):\n  ${next}\n`
}

/** The first dial knows where to go. */
async function keepHints(dataDir: string, self: string, hints: readonly string[]): Promise<void> {
  const { KnownPeers } = await import('../../../network/known-peers.ts')
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
  const known = new KnownPeers({ path: peersFile(dataDir), self }, { clock: { nowMs: () => Date.now() }, log: silent })
  await known.start()
  known.hinted(hints)
  await known.stop()
}

/** A node has the directory: it takes what is newer, and refuses another network by itself. */
async function runningAlready(
  dataDir: string,
  { document, hints }: Invitation,
  options: JoinOptions,
  io: Io
): Promise<ExitCode> {
  const context = contextOf(io, options)
  const view = await (await context.client()).takeInvite({ invite: encodeInvite(document, hints) })
  print(context, { ...view, dataDir, running: true }, () => {
    return `the node that runs here is in ${view.name} already, now with revision ${view.revision}\n${advice(view)}`
  })
  return EXIT.done
}
