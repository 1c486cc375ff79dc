import { isIP, isIPv4 } from 'node:net'

/** A place that a job asked for. The host is lower-case and has no brackets. */
export interface Destination {
  host: string
  port: number
}

/** Why a job does not get where it wants; the status is what its HTTP client sees. */
export class EgressRefused extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'EgressRefused'
    this.status = status
  }
}

/** Mail: a provider whose address sends a stranger's mail ends on block lists. */
export const CLOSED_PORTS: ReadonlySet<number> = new Set([25])
const AUTHORITY = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9._-]{1,253})):(\d{1,5})$/

/** `host:port` as CONNECT names it. @throws EgressRefused */
export function parseAuthority(text: string): Destination {
  const [, v6, name, port] = AUTHORITY.exec(text.toLowerCase()) ?? []
  const host = v6 ?? name
  if (host === undefined || (v6 !== undefined && isIP(v6) !== 6)) throw new EgressRefused(400, 'expected host:port')
  return { host: host.replace(/\.$/, ''), port: Number(port) }
}

/**
 * Whether a job's specification names this destination. Nothing is looked up before it does.
 *
 * @throws EgressRefused
 */
export function checkListed({ host, port }: Destination, allow: readonly string[]): void {
  if (CLOSED_PORTS.has(port)) throw new EgressRefused(403, `port ${port} is never open`)
  // resolvers read 2130706433, 0x7f000001 and 127.1 as addresses
  if (!isIPv4(host) && /(^|\.)(0x[0-9a-f]*|\d+)$/.test(host)) throw new EgressRefused(403, `${host} is not a host name`)
  const asked = `${host}:${port}`
  if (!allow.some(entry => entry.toLowerCase().replace(/\.(?=:\d+$)/, '') === asked)) {
    throw new EgressRefused(403, `${asked} is not in the job's network.allow`)
  }
}
