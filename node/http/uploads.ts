import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { TooLargeError, UserError } from '../../protocols/common/errors.ts'
import type { AbortOptions } from '../components.ts'
import { BusyError, ConflictError, NotFoundError } from './errors.ts'
import { safeParts } from './paths.ts'
import type { ImportedView } from './views.ts'

export interface UploadLimits {
  /** bytes of one upload */
  maxBytes: number
  /** files of one upload */
  maxFiles: number
  /** uploads at the same time */
  maxUploads: number
  /** an upload that nobody feeds is removed after this */
  idleMs: number
}

export const UPLOAD_LIMITS: UploadLimits = {
  maxBytes: 16 * 2 ** 30,
  // what the import of one directory is tested with
  maxFiles: 10_000,
  maxUploads: 16,
  idleMs: 60 * 60 * 1000
}

type Import = (path: string, options?: AbortOptions) => Promise<ImportedView>

interface Upload {
  dir: string
  bytes: number
  files: number
  writing: number
  committing: boolean
  timer: NodeJS.Timeout
}

export interface Uploads {
  start(): Promise<void>
  stop(): Promise<void>
  create(): Promise<{ id: string }>
  write(id: string, path: string, body: Readable): Promise<{ path: string; sizeBytes: number }>
  /** imports the whole upload, or one file or directory of it, and forgets it */
  commit(id: string, path: string | undefined, options?: AbortOptions): Promise<ImportedView>
}

/** Collects files below `dir` until they are imported as one tree. What an earlier process left there is removed. */
export function uploads(init: { dir: string; importPath: Import; limits?: Partial<UploadLimits> }): Uploads {
  const limits = { ...UPLOAD_LIMITS, ...init.limits }
  const uploading = new Map<string, Upload>()

  function find(id: string): Upload {
    const upload = uploading.get(id)
    if (upload === undefined) throw new NotFoundError('upload', id, 'begin one with POST /api/v1/uploads')
    if (upload.committing) throw new ConflictError(`upload ${id} is being imported`, 'begin another upload')
    upload.timer.refresh()
    return upload
  }

  async function forget(id: string): Promise<void> {
    const upload = uploading.get(id)
    if (upload === undefined) return
    uploading.delete(id)
    clearTimeout(upload.timer)
    await rm(upload.dir, { recursive: true, force: true })
  }

  function expire(id: string): void {
    const upload = uploading.get(id)
    // one large file may take longer than the idle time
    if (upload !== undefined && (upload.writing > 0 || upload.committing)) upload.timer.refresh()
    else forget(id).catch(() => undefined)
  }

  return {
    async start() {
      await rm(init.dir, { recursive: true, force: true })
      await mkdir(init.dir, { recursive: true, mode: 0o700 })
    },
    async stop() {
      await Promise.all([...uploading.keys()].map(forget))
      await rm(init.dir, { recursive: true, force: true })
    },
    async create() {
      if (uploading.size >= limits.maxUploads) throw new BusyError('uploads', limits.maxUploads)
      const id = randomBytes(16).toString('hex')
      const dir = join(init.dir, id)
      const timer = setTimeout(() => expire(id), limits.idleMs).unref()
      uploading.set(id, { dir, bytes: 0, files: 0, writing: 0, committing: false, timer })
      await mkdir(dir, { mode: 0o700 })
      return { id }
    },
    async write(id, path, body) {
      const upload = find(id)
      const target = join(upload.dir, ...safeParts(path))
      if (upload.files >= limits.maxFiles) throw new TooLargeError('upload (files)', upload.files + 1, limits.maxFiles)
      upload.files++
      upload.writing++
      try {
        const sizeBytes = await receive(body, target, upload, limits.maxBytes)
        return { path, sizeBytes }
      } catch (error) {
        upload.files--
        throw error
      } finally {
        upload.writing--
        upload.timer.refresh()
      }
    },
    async commit(id, path, options = {}) {
      const upload = find(id)
      if (upload.writing > 0) throw new ConflictError(`upload ${id} still receives files`, 'wait for them, then commit')
      const source = path === undefined ? upload.dir : join(upload.dir, ...safeParts(path))
      const found = await stat(source).catch(() => undefined)
      if (found === undefined) throw new NotFoundError('uploaded file', path ?? id, 'send it first')
      upload.committing = true
      try {
        return await init.importPath(source, options)
      } finally {
        await forget(id)
      }
    }
  }
}

/** Writes a new file, counting while it comes; leaves nothing behind when it fails. */
async function receive(body: Readable, target: string, upload: Upload, maxBytes: number): Promise<number> {
  let sizeBytes = 0
  let file: FileHandle | undefined
  try {
    await mkdir(dirname(target), { recursive: true, mode: 0o700 })
    // wx: every file here is new and ours, so there is no link to follow
    file = await open(target, 'wx', 0o600)
    // destroying the body would take the connection, and with it the answer that says what was wrong
    for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      sizeBytes += chunk.byteLength
      upload.bytes += chunk.byteLength
      if (upload.bytes > maxBytes) throw new TooLargeError('upload (bytes)', upload.bytes, maxBytes)
      await file.writeFile(chunk)
    }
    await file.close()
    return sizeBytes
  } catch (error) {
    upload.bytes -= sizeBytes
    if (file !== undefined) {
      await file.close().catch(() => undefined)
      await rm(target, { force: true })
    }
    throw asUserError(error)
  }
}

const DISK_ERRORS: Record<string, (cause: unknown) => UserError> = {
  EEXIST: () => new ConflictError('this file was already sent', 'give each file its own path'),
  ENOTDIR: () => new ConflictError('a part of the path is a file', 'give each file its own path'),
  EISDIR: () => new ConflictError('the path is a directory', 'give each file its own path'),
  ENOSPC: cause => new UserError('DiskFullError', 'the disk of the node is full', { remedy: 'free some space', cause })
}

function asUserError(error: unknown): unknown {
  const code = (error as { code?: unknown }).code
  return (typeof code === 'string' ? DISK_ERRORS[code]?.(error) : undefined) ?? error
}
