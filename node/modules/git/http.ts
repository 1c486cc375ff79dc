import { type LookupAddress, lookup } from 'node:dns'
import { type IncomingMessage, request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { GitHttpRequest, GitHttpResponse, HttpClient } from 'isomorphic-git'
import { messageOf, TooLargeError } from '../../../protocols/common/errors.ts'
import { isLocalAddress, isPublicAddress } from '../../engines/docker/network/addresses.ts'
import { GitRefusedError, GitUnreachableError } from './errors.ts'
import { GIT_LIMITS } from './limits.ts'

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const REFS = '/info/refs?service=git-upload-pack'

export interface GitHttpInit {
  /** host names with their port where it is not the scheme's own, that may be anywhere and speak plain HTTP */
  privateHosts: readonly string[]
  signal: AbortSignal
}

/**
 * HTTP as a clone needs it. Connects to addresses on the public internet and to the hosts that the node's owner named; the
 * address is checked as it is connected to, so a name that changes its mind between two look-ups gains nothing.
 *
 * @throws GitRefusedError, GitUnreachableError, TooLargeError
 */
export function gitHttp(init: GitHttpInit): HttpClient {
  /** repositories move: what the first answer says holds for the second request */
  let moved: { from: string; to: string } | undefined
  let received = 0
  const counted = async function* (response: IncomingMessage, url: string): AsyncIterableIterator<Uint8Array> {
    try {
      for await (const chunk of response) {
        received += (chunk as Uint8Array).byteLength
        if (received > GIT_LIMITS.responseBytes) {
          throw new TooLargeError(
            'git repository (bytes)',
            received,
            GIT_LIMITS.responseBytes,
            'a module is a small repository'
          )
        }
        yield chunk as Uint8Array
      }
    } catch (error) {
      throw error instanceof TooLargeError ? error : new GitUnreachableError(url, messageOf(error), error)
    } finally {
      response.destroy()
    }
  }
  return {
    async request({ url, method = 'GET', headers = {}, body }: GitHttpRequest): Promise<GitHttpResponse> {
      const sent = body === undefined ? undefined : await collect(body)
      let target = moved === undefined ? url : url.replace(moved.from, moved.to)
      for (let hops = 0; ; hops++) {
        const response = await ask(target, { method, headers, body: sent }, init)
        const { statusCode = 0, statusMessage = '', headers: answered } = response
        if (method !== 'GET' || !REDIRECTS.has(statusCode) || answered.location === undefined) {
          return {
            url: target,
            method,
            statusCode,
            statusMessage,
            headers: plain(answered),
            body: counted(response, target)
          }
        }
        response.destroy()
        if (hops === GIT_LIMITS.redirects) throw new GitRefusedError(url, `more than ${hops} redirects`)
        target = followed(target, answered.location)
        moved = { from: url.slice(0, -REFS.length), to: target.slice(0, -REFS.length) }
      }
    }
  }
}

function followed(from: string, location: string): string {
  const to = URL.canParse(location, from) ? new URL(location, from) : undefined
  if (to === undefined || !to.href.endsWith(REFS)) throw new GitRefusedError(from, 'it redirects to something else')
  if (from.startsWith('https:') && to.protocol !== 'https:')
    throw new GitRefusedError(from, 'it redirects to plain HTTP')
  return to.href
}

interface Asked {
  method: string
  headers: Record<string, string>
  body: Buffer | undefined
}

function ask(href: string, { method, headers, body }: Asked, init: GitHttpInit): Promise<IncomingMessage> {
  const url = new URL(href)
  const isPrivate = init.privateHosts.includes(url.host)
  checkUrl(url, isPrivate)
  const send = url.protocol === 'https:' ? tlsRequest : plainRequest
  const options = {
    method,
    headers: { ...headers, 'accept-encoding': 'identity', ...(body && { 'content-length': body.byteLength }) },
    signal: init.signal,
    // no connection is left open for later
    agent: false,
    ...(isPrivate ? {} : { lookup: publicLookup })
  }
  return new Promise((resolve, reject) => {
    const failed = (error: unknown): void =>
      reject(error instanceof GitRefusedError ? error : new GitUnreachableError(href, messageOf(error), error))
    send(url, options, resolve).on('error', failed).end(body)
  })
}

function checkUrl({ protocol, username, password, hostname, href }: URL, isPrivate: boolean): void {
  if (username !== '' || password !== '') throw new GitRefusedError(href, 'credentials are never sent')
  if (protocol !== 'https:' && !(protocol === 'http:' && isPrivate))
    throw new GitRefusedError(href, `it is ${protocol}`)
  const literal = hostname.replace(/^\[|\]$/g, '')
  // an address is not looked up
  if (!isPrivate && isIP(literal) !== 0 && !isOthers(literal)) throw new GitRefusedError(href, PRIVATE)
}

const PRIVATE = 'its address is not on the public internet'
const isOthers = (address: string): boolean => isPublicAddress(address) && !isLocalAddress(address)

const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    const others = (addresses ?? []).filter(({ address }) => isOthers(address))
    const [first] = others
    if (error !== null) callback(error, '')
    else if (first === undefined) callback(new GitRefusedError(hostname, PRIVATE), '')
    else if (options.all === true) callback(null, others)
    else callback(null, first.address, first.family)
  })
}

const plain = (headers: IncomingMessage['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))

async function collect(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of body) parts.push(part)
  return Buffer.concat(parts)
}
