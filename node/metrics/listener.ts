import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { messageOf, UserError } from '../../protocols/common/errors.ts'
import { checkHost } from '../http/guard.ts'
import { METRICS_TYPE, type Metrics } from './metrics.ts'

/** A scraper and a person or two; more is somebody who should not be there. */
const MAX_CONNECTIONS = 16
const REQUEST_MS = 10_000
const LOOPBACK = /^(?:localhost|127\..*|::1)$/

export interface MetricsListener {
  start(): Promise<void>
  stop(): Promise<void>
  /** present while started */
  readonly url: string | undefined
}

/**
 * `GET /metrics` and nothing else, for whoever reaches the address: no token, because scrapers and their configuration are no place for
 * one that can spend money. What is told are numbers, no account and no job.
 */
export function metricsListener(address: string, metrics: Pick<Metrics, 'text'>): MetricsListener {
  const at = address.lastIndexOf(':')
  const [host, port] = [address.slice(0, at).replace(/^\[|\]$/g, ''), Number(address.slice(at + 1))]
  let running: Server | undefined
  return {
    get url() {
      const bound = running?.address() as AddressInfo | null | undefined
      return bound == null ? undefined : `http://${host.includes(':') ? `[${host}]` : host}:${bound.port}/metrics`
    },
    async start() {
      if (running !== undefined) return
      const server = createServer((request, response) => {
        if (!isMeant(request.headers.host, host)) return void response.writeHead(403).end()
        const isMetrics = request.url?.split('?')[0] === '/metrics'
        if (!isMetrics || request.method !== 'GET') return void response.writeHead(isMetrics ? 405 : 404).end()
        metrics.text().then(
          text => response.writeHead(200, { 'content-type': METRICS_TYPE }).end(text),
          () => response.writeHead(500).end()
        )
      })
      server.maxConnections = MAX_CONNECTIONS
      server.requestTimeout = REQUEST_MS
      await new Promise<void>((resolve, reject) => {
        const refused = (cause: Error): void => reject(listenError(address, cause))
        server.once('error', refused)
        server.listen(port, host, () => {
          server.off('error', refused)
          resolve()
        })
      })
      running = server
    },
    async stop() {
      const server = running
      running = undefined
      if (server === undefined) return
      const closed = new Promise(resolve => server.close(resolve))
      server.closeAllConnections()
      await closed
    }
  }
}

/**
 * Where this host alone may ask, a page whose name was made to point here may not: what is told says how much money there is. Other
 * scrapers know a node by whatever name it has.
 */
function isMeant(header: string | undefined, host: string): boolean {
  if (!LOOPBACK.test(host)) return true
  try {
    checkHost(header, host)
    return true
  } catch {
    return false
  }
}

const listenError = (address: string, cause: Error): UserError =>
  new UserError('ListenError', `the metrics cannot be served on ${address}: ${messageOf(cause)}`, {
    field: 'metrics.listen',
    value: address,
    remedy: 'choose another with --metrics-listen',
    cause
  })
