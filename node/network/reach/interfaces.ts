import { BlockList, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { familyOf } from '../ranges.ts'

/** Interfaces come and go seldom: reading them is a system call for each address of each dial. */
const KEPT_MS = 10_000
let read: { own: Set<string>; near: BlockList; at: number } | undefined

/** IP addresses of this host. */
export function ownAddresses(): ReadonlySet<string> {
  return interfaces().own
}

/** Whether an IP address belongs to a network that this host is in. */
export function isNear(ip: string): boolean {
  return isIP(ip) !== 0 && interfaces().near.check(ip, familyOf(ip))
}

function interfaces(): NonNullable<typeof read> {
  const now = performance.now()
  if (read !== undefined && now - read.at < KEPT_MS) return read
  const [own, near] = [new Set<string>(), new BlockList()]
  for (const { address, cidr, family } of Object.values(networkInterfaces()).flatMap(i => i ?? [])) {
    own.add(address)
    const prefix = Number(cidr?.split('/')[1])
    if (Number.isInteger(prefix)) near.addSubnet(address, prefix, family === 'IPv6' ? 'ipv6' : 'ipv4')
  }
  read = { own, near, at: now }
  return read
}
