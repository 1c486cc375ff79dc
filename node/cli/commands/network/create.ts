import type { Command } from 'commander'
import { UserError } from '../../../../protocols/common/errors.ts'
import { NETWORK_LIMITS } from '../../../../protocols/common/network-document.ts'
import { peerText } from '../../../../protocols/common/peer-text.ts'
import { networkView } from '../../../api/network.ts'
import { knownNetwork } from '../../../config/join-network.ts'
import { command, contextOf, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Io } from '../../io.ts'
import { fields } from '../../text.ts'
import type { Finish } from '../types.ts'
import { badFlag, dataDirOf, type KeyOptions, keyFlags, keysOf, startLine, tryLock } from './home.ts'

interface CreateOptions extends KeyOptions {
  json?: boolean
  dataDir?: string
  rpc?: string[]
  escrow?: string
  membership: string
  listen?: string[]
  announce?: string[]
  bootstrap?: string[]
}

const NAME_SHAPE = /^[a-z0-9]([a-z0-9-]{0,29}[a-z0-9])?$/
const ADDR_SHAPE = /^\/[\x21-\x7e]{1,200}$/
const PEER_ADDR_SHAPE = /^\/[\x21-\x7e]{1,200}\/p2p\/[1-9A-HJ-NP-Za-km-z]{40,64}$/
const collect = (value: string, before: string[] = []) => [...before, value]

export function createCommand(io: Io, finish: Finish): Command {
  return command('create', 'make a private network; no node is started', [
    'dcn network create lab',
    'dcn network create lab --membership listed --announce /dns4/relay.example.org/tcp/4101',
    'dcn network create market --rpc https://rpc.example.org --escrow 0x…'
  ])
    .argument('<name>', '1 to 31 of a-z, 0-9 and "-"')
    .option('--membership <policy>', 'open: whoever has the invite; listed: whom the owner adds', 'open')
    .option('--rpc <url>', 'endpoint of the chain to settle on (default: no chain); repeat it for others', collect)
    .option('--escrow <address>', 'escrow contract that is there already, with --rpc')
    .option(
      '--announce <addr>',
      'address of this node that stays, such as /ip4/192.0.2.1/tcp/4101; repeatable',
      collect
    )
    .option('--bootstrap <addr>', 'address of another node that stays, with /p2p/ID; repeatable', collect)
    .option('--listen <addr>', 'where this node will listen: for the line that starts it', collect)
    .option('--data-dir <dir>', 'data directory of the node that owns it (DCN_DATA_DIR, default ~/.dcn)')
    .option('--passphrase-file <file>', 'file with the passphrase of its keys (DCN_PASSPHRASE)')
    .option('--insecure-dev-keys', 'keep its keys without a passphrase, for tests only')
    .action((name: string, options: CreateOptions) => finish(create(name, options, io), options))
}

export async function create(name: string, options: CreateOptions, io: Io): Promise<ExitCode> {
  const { policy, rpc, announce, bootstrap } = checked(name, options)
  const dataDir = dataDirOf(io, options)
  const lock = await tryLock(dataDir)
  if (lock === undefined) throw new NetworkExistsError(dataDir, 'a node runs')
  try {
    const there = await knownNetwork(dataDir)
    if (there !== undefined) throw new NetworkExistsError(dataDir, `${dataDir} belongs to the network ${there.id}`)
    const keys = await keysOf(io, dataDir, options)
    const { createNetwork } = await import('../../../config/create-network.ts')
    const { peerSigner } = await import('../../../network/peer-signer.ts')
    const owner = peerSigner(keys.seed)
    const self = peerText(owner.key)
    const own = announce.map(addr => (addr.includes('/p2p/') ? addr : `${addr}/p2p/${self}`))
    const document = await createNetwork(
      { name, dataDir, rpc, escrow: options.escrow, policy, bootstrap: [...own, ...bootstrap], owner },
      keys.account
    )
    const flags = [
      ...(options.listen ?? []).flatMap(a => ['--listen', a]),
      ...announce.flatMap(a => ['--announce', a]),
      ...keyFlags(options)
    ]
    const next = startLine('relay', dataDir, flags)
    const view = networkView(document, self)
    print(contextOf(io, options), { ...view, dataDir, account: keys.account.address.toLowerCase(), next }, () => {
      const lines = fields({
        network: view.id,
        owner: self,
        account: keys.account.address.toLowerCase(),
        membership: policy === 'open' ? 'open: whoever has the invite' : 'listed: whom you add',
        settlement:
          view.settlement === 'none' ? 'none: both sides of a deal keep books' : `chain ${view.chain?.chainId}`,
        directory: dataDir
      })
      return `${lines}\nStart its first node, which prints the line for the others:\n  ${next}\n`
    })
    return EXIT.done
  } finally {
    lock.release()
  }
}

/** Before anything is made or paid for. @throws InvalidInputError */
function checked(name: string, options: CreateOptions) {
  const { membership: policy, rpc = [], announce = [], bootstrap = [], listen = [] } = options
  if (!NAME_SHAPE.test(name)) throw badFlag('name', name, 'a name of 1 to 31 of a-z, 0-9 and "-", no "-" at the ends')
  if (policy !== 'open' && policy !== 'listed') throw badFlag('membership', policy, 'open or listed')
  const wrongUrl = rpc.find(url => !/^https?:\/\/\S{1,240}$/.test(url))
  if (wrongUrl !== undefined) throw badFlag('rpc', wrongUrl, 'an address such as http://127.0.0.1:8545')
  if (rpc.length > NETWORK_LIMITS.rpcUrls) throw badFlag('rpc', rpc.length, `at most ${NETWORK_LIMITS.rpcUrls}`)
  for (const [flag, addrs] of Object.entries({ listen, announce })) {
    const wrong = addrs.find(addr => !ADDR_SHAPE.test(addr))
    if (wrong !== undefined) throw badFlag(flag, wrong, 'a multiaddr such as /ip4/192.0.2.1/tcp/4101')
  }
  const wrongPeer = bootstrap.find(addr => !PEER_ADDR_SHAPE.test(addr))
  if (wrongPeer !== undefined) throw badFlag('bootstrap', wrongPeer, 'a multiaddr that ends in /p2p/<peer id>')
  if (announce.length + bootstrap.length > NETWORK_LIMITS.bootstrap) {
    throw badFlag('bootstrap', announce.length + bootstrap.length, `at most ${NETWORK_LIMITS.bootstrap} addresses`)
  }
  if (options.escrow !== undefined && !/^0x[0-9a-fA-F]{40}$/.test(options.escrow)) {
    throw badFlag('escrow', options.escrow, '0x and 40 hex digits')
  }
  if (options.escrow !== undefined && rpc.length === 0) {
    throw badFlag('escrow', options.escrow, 'an escrow together with --rpc')
  }
  return { policy, rpc, announce, bootstrap } as const
}

class NetworkExistsError extends UserError {
  constructor(dataDir: string, message: string) {
    super('NetworkExistsError', `${message}: a second network needs a directory of its own`, {
      field: 'data-dir',
      value: dataDir,
      remedy: 'choose another --data-dir; "dcn network show" tells what is there'
    })
  }
}
