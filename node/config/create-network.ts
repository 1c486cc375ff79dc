import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import type { PrivateKeyAccount } from 'viem/accounts'
import type { Membership } from '../../protocols/common/membership.ts'
import { createNetworkDocument, type NetworkDocument } from '../../protocols/common/network-document.ts'
import type { Signer } from '../../protocols/network/revise.ts'
import { writeNetworkFile } from '../network/network-file.ts'
import { createChain, firstAnswering } from '../settlement/evm/create-chain.ts'
import { fileRecord } from '../settlement/evm/deploy/record.ts'
import { networkFile } from './paths.ts'

/** Matching slots of a private network: short, because its members are near each other. */
const PRIVATE_ROUND_MS = 250

export type Policy = Membership['policy']

export interface NewNetwork {
  name: string
  chain: NetworkDocument['chain']
  /** the peer key of the node that makes it: it alone can change the network later */
  owner: Signer
  /** @default open */
  policy?: Policy
  /** addresses that stay, with /p2p/<id>. @default none: invites name who is reachable */
  bootstrap?: string[]
  nowMs: number
}

/** A network that nobody is in yet. */
export function newNetwork({
  name,
  chain,
  owner,
  policy = 'open',
  bootstrap = [],
  nowMs
}: NewNetwork): NetworkDocument {
  return createNetworkDocument(
    {
      name,
      secret: new Uint8Array(randomBytes(32)),
      owner: owner.key,
      revision: 1,
      createdAt: nowMs,
      issuedAt: nowMs,
      chain,
      bootstrap,
      roundMs: PRIVATE_ROUND_MS,
      membership: { policy, members: [], revoked: [] }
    },
    owner.sign
  )
}

export interface CreateNetwork extends Omit<NewNetwork, 'chain' | 'nowMs'> {
  dataDir: string
  /** endpoints of the chain to settle on; none: both sides of a deal keep books */
  rpc: string[]
  escrow?: string | undefined
}

/** Makes a network in a data directory: its contracts where it has a chain, its document always. */
export async function createNetwork(
  { dataDir, rpc, escrow, ...init }: CreateNetwork,
  account: PrivateKeyAccount
): Promise<NetworkDocument> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  // a run that failed half way goes on where it was
  const record = fileRecord(dataDir)
  const made = rpc.length === 0 ? null : await createChain(await firstAnswering(rpc), account, { escrow, record })
  const document = newNetwork({ ...init, chain: made && { ...made, rpcUrls: rpc }, nowMs: Date.now() })
  await writeNetworkFile(networkFile(dataDir), document)
  record.clear()
  return document
}
