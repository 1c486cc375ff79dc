import { Readable } from 'node:stream'
import { EXIT } from '../../errors/exit.ts'
import { ERRORS } from '../../errors/index.ts'
import { VERSION } from '../../version.ts'
import { NotReadyError } from '../errors.ts'
import { openApi } from '../openapi/document.ts'
import type { JsonSchema } from '../openapi/schemas.ts'
import type { nodeOperations } from '../operations/node.ts'
import type { Routes } from './context.ts'

const errorViews = Object.fromEntries(
  Object.entries(ERRORS).map(([name, { exit, ...row }]) => [name, { ...row, exitCode: EXIT[exit] }])
)

/** Made when it is first asked for: a node that nobody asks starts sooner. */
let document: JsonSchema | undefined

export const nodeRoutes: Routes<typeof nodeOperations> = ({ api }) => ({
  getHealth: async () => ({ status: 'ok' as const }),
  getDocument: async () => {
    document ??= openApi(VERSION)
    return document
  },
  listErrors: async () => errorViews,
  getNode: ({ signal }) => api.info({ signal }),
  async getReadiness() {
    const readiness = await api.readiness()
    if (!readiness.ready) throw new NotReadyError(readiness.checks)
    return readiness
  },
  getStatus: ({ signal }) => api.status({ signal }),
  async getMetrics({ signal }) {
    const bytes = Buffer.from(await api.metrics({ signal }))
    return { stream: Readable.from([bytes]), sizeBytes: bytes.byteLength }
  },
  drainNode: ({ signal }) => api.drain({ signal }),
  resumeNode: ({ signal }) => api.resume({ signal }),
  setLogLevel: ({ body: { level }, signal }) => api.setLogLevel(level, { signal }),
  async stopNode() {
    await api.stop()
    return { stopping: true }
  }
})
