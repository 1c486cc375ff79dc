import { timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { sha256 } from '../../protocols/common/hash.ts'
import { ForbiddenOriginError, UnauthorizedError } from './errors.ts'
import { TOKEN_SUBPROTOCOL } from './subprotocol.ts'

/**
 * DNS rebinding makes a name of an attacker point at this host, so only names that cannot be made to do so are served: IP
 * addresses, localhost, and what the operator bound to.
 *
 * @throws ForbiddenOriginError
 */
export function checkHost(header: string | undefined, boundHost: string): void {
  const name = hostName(header ?? '')
  if (name === undefined || !(isIP(name) !== 0 || name === 'localhost' || name === boundHost.toLowerCase())) {
    throw new ForbiddenOriginError('host', header ?? '')
  }
}

/** Pages of other origins may not speak to the node, with or without the token. @throws ForbiddenOriginError */
export function checkOrigin(origin: string | undefined, host: string | undefined): void {
  if (origin === undefined) return
  if (origin.toLowerCase() !== `http://${host?.toLowerCase()}`) throw new ForbiddenOriginError('origin', origin)
}

/**
 * The token is in `Authorization`, or, because browsers can set no header of a WebSocket, in base64url among the protocols that a
 * WebSocket offers. It is never in a URL: those end up in logs and histories. Digests are compared, so that neither the time
 * nor the length says how much was right.
 *
 * @param expected SHA-256 of the token
 * @throws UnauthorizedError
 */
export function checkToken(headers: IncomingHttpHeaders, expected: Uint8Array): void {
  const given = /^Bearer (\S{1,256})$/i.exec(headers.authorization ?? '')?.[1] ?? offeredToken(headers) ?? ''
  if (!timingSafeEqual(sha256(Buffer.from(given)), expected)) throw new UnauthorizedError()
}

function offeredToken(headers: IncomingHttpHeaders): string | undefined {
  if (headers.upgrade === undefined) return undefined
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map(name => name.trim())
  const found = offered.find(name => name.startsWith(TOKEN_SUBPROTOCOL))?.slice(TOKEN_SUBPROTOCOL.length)
  return found === undefined ? undefined : Buffer.from(found, 'base64url').toString('utf8')
}

function hostName(header: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::\d{1,5})?$/.exec(header.toLowerCase())
  return match?.[1] ?? match?.[2]
}
