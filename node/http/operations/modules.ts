import { z } from 'zod'
import { IMPORT_TIMEOUT_MS, numberText, operation, TRANSACTION_TIMEOUT_MS } from '../operation.ts'
import { moduleNameView, moduleVersionView, publishedView, publishRequest, yankRequest } from '../views.ts'
import { CHAIN_ERRORS } from './chain-errors.ts'

const READ_ERRORS = ['NoRegistryError', 'ContentUnavailableError', 'RequestTimeoutError', ...CHAIN_ERRORS] as const
const WRITE_ERRORS = ['NotNameOwnerError', 'NotOwnerError', ...READ_ERRORS] as const

export const moduleOperations = {
  publishModule: operation({
    method: 'POST',
    path: '/modules',
    tag: 'modules',
    summary: 'Publish a version of a module',
    description:
      'The folder has to be in the store of this node or of somebody it can reach; this node keeps it from then on.',
    body: publishRequest,
    timeoutMs: IMPORT_TIMEOUT_MS,
    reply: { 201: publishedView },
    errors: [
      'InvalidModuleError',
      'VersionExistsError',
      'TooLargeError',
      'ModuleNotFoundError',
      'UnsupportedContentError',
      'UnsafeNameError',
      'DiskFullError',
      'QuotaExceededError',
      ...WRITE_ERRORS
    ]
  }),
  yankModule: operation({
    method: 'POST',
    path: '/modules/yank',
    tag: 'modules',
    summary: 'Set or clear the flag that tells others not to take a version',
    body: yankRequest,
    timeoutMs: TRANSACTION_TIMEOUT_MS,
    reply: { 200: publishedView },
    errors: ['VersionUnknownError', 'VersionUnchangedError', ...WRITE_ERRORS]
  }),
  listModules: operation({
    method: 'GET',
    path: '/modules',
    tag: 'modules',
    summary: 'Names in the registry of the network, newest first',
    query: z.strictObject({
      /** in a name or description, whatever its case */
      search: z.string().max(100).optional(),
      limit: numberText(1, 2000).optional()
    }),
    reply: { 200: z.array(moduleNameView) },
    errors: READ_ERRORS
  }),
  listModuleVersions: operation({
    method: 'GET',
    path: '/modules/{name}',
    tag: 'modules',
    summary: 'Versions of a module, newest first',
    reply: { 200: z.array(moduleVersionView) },
    errors: ['ModuleNotFoundError', ...READ_ERRORS]
  })
}
