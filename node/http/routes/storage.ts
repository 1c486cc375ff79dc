import type { storageOperations } from '../operations/storage.ts'
import type { Routes } from './context.ts'

/** Local files into the content store (begin, send each file, commit), and container images that this node shares by CID. */
export const storageRoutes: Routes<typeof storageOperations> = ({ api, uploads }) => ({
  beginUpload: () => uploads.create(),
  sendFile: ({ params, body }) => uploads.write(params.id, params.path, body),
  commitUpload: ({ params, body, signal }) => uploads.commit(params.id, body.path, { signal }),
  resolveModule: ({ body, signal }) => api.resolveModule(body.name, { signal }),
  async pushImage({ body }) {
    return async function* push(signal) {
      for await (const event of api.pushImage(body.name, { signal })) yield { event: event.type, data: event }
    }
  },
  listImages: ({ signal }) => api.images({ signal }),
  async removeImage({ params, signal }) {
    await api.removeImage(params.cid, { signal })
    return { removed: params.cid }
  }
})
