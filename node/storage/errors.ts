import type { CID } from 'multiformats/cid'
import { messageOf, UserError } from '../../protocols/common/errors.ts'

/** A block on disk no longer has the hash it is named by. It has been deleted, so a fetch brings it anew. */
export class CorruptBlockError extends UserError {
  constructor(cid: CID) {
    super('CorruptBlockError', `block ${cid} on disk is damaged and was removed`, {
      field: 'cid',
      value: cid.toString(),
      remedy: 'fetch the content again; check the disk if this repeats'
    })
  }
}

/** Content that should be in the local store is not. */
export class BlockMissingError extends UserError {
  constructor(cid: CID) {
    super('BlockMissingError', `block ${cid} is not in the local store`, {
      field: 'cid',
      value: cid.toString(),
      remedy: 'fetch the content first'
    })
  }
}

/** Nobody that was asked gave the content in time. */
export class ContentUnavailableError extends UserError {
  constructor(cid: CID, from: string | undefined, cause: unknown) {
    const asked = from === undefined ? 'the network' : `peer ${from}`
    super('ContentUnavailableError', `${asked} did not give ${cid}: ${messageOf(cause)}`, {
      field: 'cid',
      value: cid.toString(),
      remedy: 'check that the peer that holds the content is up and still keeps it',
      cause
    })
  }
}

/** The store's quota would be exceeded. */
export class QuotaExceededError extends UserError {
  constructor(usedBytes: number, wantedBytes: number, quotaBytes: number) {
    super('QuotaExceededError', `storing ${wantedBytes} more bytes would exceed the storage quota`, {
      field: 'storage',
      value: usedBytes + wantedBytes,
      limit: `${quotaBytes} bytes, ${usedBytes} used`,
      remedy: 'raise the storage quota, or release what is no longer needed'
    })
  }
}

/** Content of a kind that is never stored, fetched or written to disk: links, devices, unknown codecs and hashes. */
export class UnsupportedContentError extends UserError {
  constructor(what: string, where: string) {
    super('UnsupportedContentError', `${what} is not supported`, {
      field: where,
      limit: 'regular files and directories, in raw, dag-pb and dag-cbor blocks named by sha2-256'
    })
  }
}

/** A name in a directory that would not stay inside it, or that no file system takes. */
export class UnsafeNameError extends UserError {
  constructor(name: string, why: string) {
    super('UnsafeNameError', `the name ${JSON.stringify(name.slice(0, 80))} ${why}`, { field: 'name', value: name })
  }
}

/** Something is at the path where content should be written. */
export class TargetExistsError extends UserError {
  constructor(path: string) {
    super('TargetExistsError', `${path} exists already`, {
      field: 'path',
      value: path,
      remedy: 'give a path that does not exist yet'
    })
  }
}

/** The disk refused. */
export class StorageIoError extends UserError {
  constructor(what: string, cause: unknown) {
    super('StorageIoError', `${what}: ${messageOf(cause)}`, {
      field: 'path',
      remedy: 'check the disk space and the permissions',
      cause
    })
  }
}

const FINAL = new Set(['QuotaExceededError', 'TooLargeError', 'UnsupportedContentError', 'StorageIoError'])

/** What another try, or another peer, cannot mend. */
export function isFinal(error: unknown): boolean {
  return error instanceof UserError && FINAL.has(error.name)
}
