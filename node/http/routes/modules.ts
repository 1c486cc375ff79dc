import type { moduleOperations } from '../operations/modules.ts'
import type { Routes } from './context.ts'

/** The network's registry of modules. */
export const moduleRoutes: Routes<typeof moduleOperations> = ({ api }) => ({
  publishModule: ({ body, signal }) => api.publishModule(body, { signal }),
  yankModule: ({ body, signal }) => api.yankModule(body, { signal }),
  listModules: ({ query, signal }) => api.modules(query, { signal }),
  listModuleVersions: ({ params, signal }) => api.moduleVersions(params.name, { signal })
})
