import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { InvalidInputError } from '../../../protocols/common/errors.ts'
import { type Address, fromHex, type Hex, toHex } from '../../../protocols/common/values.ts'
import { asCid } from '../../../protocols/job/file-engine.ts'
import type { ModuleVersion } from '../../modules/registry/registry.ts'
import { WrongContractError } from '../errors.ts'
import { lower } from '../typed-data.ts'
import type { ChainClient } from './client.ts'
import { isUnreachable } from './errors.ts'
import { moduleRegistryAbi } from './generated/module-registry.ts'

const DAG_PB = 0x70
const SHA2_256 = 0x12
/** The contract gives at most so many. */
const PAGE = 50

/** @throws WrongContractError */
export async function checkModuleRegistry(client: ChainClient, address: Address): Promise<void> {
  await client.readContract({ address, abi: moduleRegistryAbi, functionName: 'nameCount' }).catch((cause: unknown) => {
    if (isUnreachable(cause)) throw cause
    throw new WrongContractError('there is no module registry at this address', {
      field: 'modules',
      value: address,
      remedy: 'check the addresses of the network',
      cause
    })
  })
}

/** The digest that stands for a folder on chain. @throws InvalidInputError */
export function digestOf(text: string): Hex {
  const cid = asCid(text)
  if (cid?.version === 1 && cid.code === DAG_PB && cid.multihash.code === SHA2_256) return toHex(cid.multihash.digest)
  throw new InvalidInputError('this is not the CID of a folder', {
    field: 'cid',
    value: text,
    limit: 'CIDv1, dag-pb, sha2-256',
    remedy: 'publish the folder of the module'
  })
}

const cidOf = (digest: Hex): string => CID.createV1(DAG_PB, Digest.create(SHA2_256, fromHex(digest))).toString()

export interface ChainVersion {
  version: string
  digest: Hex
  account: Address
  publishedAt: number
  yanked: boolean
  description: string
  licence: string
}

export function versionOf(name: string, { digest, account, ...rest }: ChainVersion): ModuleVersion {
  return { ...rest, name, cid: cidOf(digest), account: lower(account), publishedAt: Number(rest.publishedAt) }
}

/** The last `most` of `count` entries, page by page, newest first. */
export async function newestFirst<T>(
  count: number,
  most: number,
  read: (from: bigint, count: bigint) => Promise<readonly T[]>
): Promise<T[]> {
  const found: T[] = []
  const least = Math.max(0, count - most)
  for (let end = count; end > least; end -= PAGE) {
    const from = Math.max(least, end - PAGE)
    const page = await read(BigInt(from), BigInt(end - from))
    found.push(...[...page].reverse())
  }
  return found
}
