import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { messageOf, UserError } from '../../protocols/common/errors.ts'
import { type FaucetAppInit, faucetApp } from './app.ts'
import { pageFiles } from './pages.ts'

export interface FaucetListener {
  /** present while started */
  readonly url: string | undefined
  /** @throws UserError named ListenError */
  start(): Promise<void>
  stop(): Promise<void>
}

/** Serves the page and the API of a faucet at an address of its own. */
export function faucetListener(address: string, init: Omit<FaucetAppInit, 'files'>): FaucetListener {
  const at = address.lastIndexOf(':')
  const [host, port] = [address.slice(0, at).replace(/^\[|\]$/g, ''), Number(address.slice(at + 1))]
  let running: FastifyInstance | undefined
  return {
    get url() {
      const bound = running?.server.address() as AddressInfo | null | undefined
      // an address that means "all of them" is no address to connect to
      const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
      return bound == null ? undefined : `http://${shown.includes(':') ? `[${shown}]` : shown}:${bound.port}`
    },
    async start() {
      if (running !== undefined) return
      const app = faucetApp({ ...init, files: await pageFiles() })
      try {
        await app.listen({ host, port })
      } catch (cause) {
        await app.close()
        throw new UserError('ListenError', `the faucet cannot be served on ${address}: ${messageOf(cause)}`, {
          field: 'faucet.listen',
          value: address,
          remedy: 'choose another with --faucet-listen',
          cause
        })
      }
      running = app
    },
    async stop() {
      const app = running
      running = undefined
      await app?.close()
    }
  }
}
