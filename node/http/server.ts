import { randomBytes } from 'node:crypto'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { messageOf, UserError } from '../../protocols/common/errors.ts'
import type { NodeApi } from './api.ts'
import { type ArrivalLimits, buildApp } from './app.ts'
import type { RouteContext } from './routes/context.ts'
import { type StreamHub, type StreamLimits, streamHub } from './streams.ts'
import { type UploadLimits, uploads } from './uploads.ts'

export const API_FILE = 'api.json'

export interface ApiServerInit extends StreamLimits {
  dataDir: string
  /** @default 127.0.0.1 */
  host?: string
  /** @default 0, which picks a free one */
  port?: number
  /** @default 32 random bytes */
  token?: string
  uploads?: Partial<UploadLimits>
  arrival?: ArrivalLimits
  /** told of every error that is a bug of ours */
  onError?: (message: string, error: unknown) => void
  /** told of every answer; `request` is what the caller finds in the header `x-request-id` */
  onAnswer?: (answer: { request: string; method: string; route: string; status: number; ms: number }) => void
}

export interface ApiServer {
  /** listens, and writes `api.json` {url, token, pid} into the data directory, readable by its owner alone */
  start(): Promise<void>
  stop(): Promise<void>
  /** present while started */
  readonly url: string | undefined
  readonly token: string
}

/** @throws UserError named ListenError when the address is taken or not ours */
export function apiServer(init: ApiServerInit): (components: { api: NodeApi }) => ApiServer {
  const { dataDir, host = '127.0.0.1', port = 0 } = init
  const token = init.token ?? randomBytes(32).toString('base64url')
  const apiFile = join(dataDir, API_FILE)
  return ({ api }) => {
    let running: { app: FastifyInstance; context: RouteContext; hub: StreamHub; url: string } | undefined
    return {
      token,
      get url() {
        return running?.url
      },
      async start() {
        if (running !== undefined) return
        await mkdir(dataDir, { recursive: true, mode: 0o700 })
        const context = {
          api,
          uploads: uploads({
            dir: join(dataDir, 'uploads'),
            importPath: (path, options) => api.importPath(path, options),
            ...(init.uploads === undefined ? {} : { limits: init.uploads })
          })
        }
        const hub = streamHub(init)
        await context.uploads.start()
        const app = buildApp({
          ...init.arrival,
          host,
          token,
          context,
          hub,
          onError: init.onError,
          onAnswer: init.onAnswer
        })
        const url = await listen(app, host, port)
        await writePrivate(apiFile, `${JSON.stringify({ url, token, pid: process.pid })}\n`)
        running = { app, context, hub, url }
      },
      async stop() {
        if (running === undefined) return
        const { app, context, hub } = running
        running = undefined
        await rm(apiFile, { force: true })
        hub.stop()
        await app.close()
        await context.uploads.stop()
      }
    }
  }
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    await app.listen({ host, port })
  } catch (cause) {
    await app.close()
    throw new UserError('ListenError', `the API cannot listen on ${host}:${port}: ${messageOf(cause)}`, {
      field: 'http.port',
      value: port,
      remedy: 'choose another with --http-port, or 0 for any free one',
      cause
    })
  }
  const bound = app.server.address() as AddressInfo
  // an address that means "all of them" is no address to connect to
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${bound.port}`
}

async function writePrivate(path: string, text: string): Promise<void> {
  await rm(path, { force: true })
  await writeFile(path, text, { mode: 0o600, flag: 'wx' })
  await chmod(path, 0o600)
}
