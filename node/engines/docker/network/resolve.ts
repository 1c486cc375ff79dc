import { lookup as systemLookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { messageOf } from '../../../../protocols/common/errors.ts'
import { isLocalAddress, isPublicAddress } from './addresses.ts'
import { type Destination, EgressRefused } from './destination.ts'

/** All addresses of a name. */
export type Lookup = (host: string) => Promise<string[]>

export interface AddressRules {
  /** @default the host's resolver */
  lookup?: Lookup
  /** whether jobs may reach an address. @default public ones that are not of this host's own networks */
  mayReach?: (address: string) => boolean
}

/** More are not tried: each may cost a whole connect timeout. */
const MAX_ADDRESSES = 4

/**
 * The addresses to connect to, each of them checked. The caller connects to exactly these: a second look-up could answer
 * something else.
 *
 * @throws EgressRefused when one address of the name is not allowed: a name that leads inside is not used at all
 */
export async function resolveChecked({ host }: Destination, rules: AddressRules = {}): Promise<string[]> {
  const { lookup = hostLookup, mayReach = isForeign } = rules
  const found = isIP(host) === 0 ? await named(host, lookup) : [host]
  const wrong = found.find(address => isIP(address) === 0 || !mayReach(address))
  if (wrong !== undefined) throw new EgressRefused(403, `${host} is at ${wrong}, which jobs may not reach`)
  return found.slice(0, MAX_ADDRESSES)
}

const isForeign = (address: string): boolean => isPublicAddress(address) && !isLocalAddress(address)

const hostLookup: Lookup = async host => (await systemLookup(host, { all: true })).map(a => a.address)

async function named(host: string, lookup: Lookup): Promise<string[]> {
  let found: string[]
  try {
    found = await lookup(host)
  } catch (error) {
    throw new EgressRefused(502, `${host} could not be looked up: ${messageOf(error)}`)
  }
  if (found.length === 0) throw new EgressRefused(502, `${host} has no address`)
  return found
}
