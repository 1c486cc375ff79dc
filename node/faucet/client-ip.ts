import { isIPv4, isIPv6 } from 'node:net'
import { InvalidInputError } from '../../protocols/common/errors.ts'

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/

/**
 * What claims are counted by: an IPv4 address, or the /64 of an IPv6 address, which is the least that anybody is given.
 *
 * @param header what a trusted proxy says, when one is configured: its last entry is the proxy's own word, those before are
 *   whatever the client wrote
 * @throws InvalidInputError when the proxy says nothing that is an address
 */
export function clientNet(remote: string, header?: { name: string; value: string | undefined }): string {
  const said = header === undefined ? remote : (header.value ?? '').split(',').at(-1)?.trim()
  const address = (said ?? '')
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/%.*$/, '')
  const v4 = MAPPED.exec(address)?.[1] ?? address
  if (isIPv4(v4)) return v4
  if (isIPv6(address)) return `${first64(address)}::/64`
  throw new InvalidInputError('nothing tells where this request comes from', {
    field: header?.name ?? 'address',
    value: said,
    remedy: 'whoever runs the faucet: let the proxy set the header that --faucet-proxy-header names'
  })
}

/** The first four groups, without leading zeros; dotted ends lie behind them. */
function first64(address: string): string {
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const behind = after.length + (after.at(-1)?.includes('.') === true ? 1 : 0)
  const zeros = tail === undefined ? 0 : 8 - groups.length - behind
  const all = [...groups, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after]
  return all
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')
}
