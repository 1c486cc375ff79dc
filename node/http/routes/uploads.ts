import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { InvalidInputError } from '../../../protocols/common/errors.ts'
import { imported } from '../views.ts'
import { fileParams, IMPORT_TIMEOUT_MS, idParam, input, type RouteContext, requestSignal, view } from './context.ts'

const commitRequest = z.strictObject({ path: z.string().max(4096).optional() })

/** Brings local files into the content store: begin, send each file, commit. */
export function uploadRoutes(app: FastifyInstance, { uploads }: RouteContext): void {
  app.post('/uploads', async (_request, reply) => {
    reply.code(201)
    return uploads.create()
  })

  app.put('/uploads/:id/files/*', async (request, reply) => {
    const { id, '*': path } = input(fileParams, request.params, 'path')
    const { body } = request
    if (!(body instanceof Readable)) {
      throw new InvalidInputError('expected the bytes of a file', {
        field: 'content-type',
        value: request.headers['content-type'],
        remedy: 'send content-type: application/octet-stream'
      })
    }
    const written = await uploads.write(id, path, body)
    reply.code(201)
    return written
  })

  app.post('/uploads/:id/commit', async (request, reply) => {
    const { id } = input(idParam, request.params, 'path')
    const { path } = input(commitRequest, request.body, 'commit')
    return view(imported, await uploads.commit(id, path, { signal: requestSignal(reply, IMPORT_TIMEOUT_MS) }))
  })
}
