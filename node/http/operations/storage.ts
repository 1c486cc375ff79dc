import { z } from 'zod'
import { IMPORT_TIMEOUT_MS, operation, typesOf } from '../operation.ts'
import {
  commitRequest,
  imported,
  moduleRequest,
  moduleView,
  pushEvent,
  pushRequest,
  sharedImageView,
  uploadedFile,
  uploadView
} from '../views.ts'

const DISK_ERRORS = ['DiskFullError', 'QuotaExceededError'] as const

export const storageOperations = {
  beginUpload: operation({
    method: 'POST',
    path: '/uploads',
    tag: 'storage',
    summary: 'Begin an upload',
    description: 'Then send each file and commit. One that nobody feeds for an hour is removed.',
    reply: { 201: uploadView },
    errors: ['BusyError']
  }),
  sendFile: operation({
    method: 'PUT',
    path: '/uploads/{id}/files/{path*}',
    tag: 'storage',
    summary: 'Add a file to an upload',
    bytes: 'body',
    reply: { 201: uploadedFile },
    errors: ['ConflictError', 'TooLargeError', 'DiskFullError']
  }),
  commitUpload: operation({
    method: 'POST',
    path: '/uploads/{id}/commit',
    tag: 'storage',
    summary: 'Import an upload',
    description: 'All of it, or one file or directory of it; the upload is then gone.',
    body: commitRequest,
    timeoutMs: IMPORT_TIMEOUT_MS,
    reply: { 200: imported },
    errors: ['ConflictError', ...DISK_ERRORS]
  }),
  resolveModule: operation({
    method: 'POST',
    path: '/modules/resolve',
    tag: 'storage',
    summary: 'The files of a module by its name',
    description:
      'ipfs://CID from this node’s store or from whoever has it; one commit of a git repository. At most 256 files and 8 MiB, in base64.',
    body: moduleRequest,
    timeoutMs: IMPORT_TIMEOUT_MS,
    reply: { 200: moduleView },
    errors: [
      'ModuleNotFoundError',
      'InvalidModuleError',
      'UnsupportedContentError',
      'UnsafeNameError',
      'ContentUnavailableError',
      'GitUnreachableError',
      'GitRefusedError',
      'RequestTimeoutError',
      'TooLargeError',
      ...DISK_ERRORS
    ]
  }),
  pushImage: operation({
    method: 'POST',
    path: '/images',
    tag: 'storage',
    summary: 'Take an image out of the engine and share it',
    body: pushRequest,
    reply: {},
    stream: { events: typesOf(pushEvent), schema: pushEvent },
    errors: ['ImageUnavailableError', 'ImageMissingError', 'TooManyImagesError', 'EngineMissingError', ...DISK_ERRORS]
  }),
  listImages: operation({
    method: 'GET',
    path: '/images',
    tag: 'storage',
    summary: 'Images that this node shares',
    reply: { 200: z.array(sharedImageView) },
    errors: []
  }),
  removeImage: operation({
    method: 'DELETE',
    path: '/images/{cid}',
    tag: 'storage',
    summary: 'Share an image no longer',
    reply: { 200: z.object({ removed: z.string() }) },
    errors: ['ImageNotFoundError']
  })
}
