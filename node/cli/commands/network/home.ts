import { existsSync } from 'node:fs'
import { InvalidInputError, UserError } from '../../../../protocols/common/errors.ts'
import type { NetworkDocument } from '../../../../protocols/common/network-document.ts'
import { peerText } from '../../../../protocols/common/peer-text.ts'
import { absolute } from '../../../config/convert.ts'
import { networkFile } from '../../../config/paths.ts'
import type { NodeClient } from '../../../http/client.ts'
import type { PeerSigner } from '../../../network/peer-signer.ts'
import { type CommonOptions, contextOf } from '../../context.ts'
import type { Io } from '../../io.ts'

/** A data directory in which no node runs, held while a command works on it. */
export interface RestingHome {
  dataDir: string
  document: NetworkDocument
  signer: PeerSigner
  /** peer id of the node that will run here */
  self: string
}

export const dataDirOf = (io: Io, options: { dataDir?: string }): string =>
  absolute(options.dataDir ?? (io.env['DCN_DATA_DIR'] || '~/.dcn'), io.cwd)

/** The directory holds no network. */
class NoNetworkError extends UserError {
  constructor(dataDir: string) {
    super('NoNetworkError', `${dataDir} belongs to no network yet`, {
      field: 'data-dir',
      value: dataDir,
      remedy:
        'make one with "dcn network create", join one with "dcn network join", or name another directory with --data-dir'
    })
  }
}

/**
 * Does the same through the node that runs, or on its data directory when none does.
 *
 * @throws NoNetworkError, NodeUnreachableError, what the work throws
 */
export async function atHome<T>(
  io: Io,
  options: CommonOptions,
  work: { running(client: NodeClient): Promise<T>; resting(home: RestingHome): Promise<T> }
): Promise<T> {
  const dataDir = dataDirOf(io, options)
  const isElsewhere = options.node !== undefined || (io.env['DCN_NODE'] ?? '') !== ''
  const lock = isElsewhere ? undefined : await holdHome(dataDir)
  if (lock === undefined) return await work.running(await contextOf(io, options).client())
  try {
    return await work.resting(await restingHome(dataDir))
  } finally {
    lock.release()
  }
}

/** Undefined where a node runs. @throws NoNetworkError, so that nothing is made in a directory of something else */
async function holdHome(dataDir: string): Promise<{ release(): void } | undefined> {
  if (!existsSync(networkFile(dataDir))) throw new NoNetworkError(dataDir)
  return await tryLock(dataDir)
}

/** Undefined when a node has it. */
export async function tryLock(dataDir: string): Promise<{ release(): void } | undefined> {
  const { lockDataDir } = await import('../../../journal/lock.ts')
  try {
    return lockDataDir(dataDir)
  } catch (error) {
    if (error instanceof UserError && error.name === 'DataDirInUseError') return undefined
    throw error
  }
}

async function restingHome(dataDir: string): Promise<RestingHome> {
  const { loadPeerSeed } = await import('../../../config/identity.ts')
  const { peerSigner } = await import('../../../network/peer-signer.ts')
  const { readNetworkFile } = await import('../../../network/network-file.ts')
  const signer = peerSigner(await loadPeerSeed(dataDir))
  return { dataDir, document: await readNetworkFile(networkFile(dataDir)), signer, self: peerText(signer.key) }
}

/** The keys of a data directory, made where they are missing. */
export interface KeyOptions {
  passphraseFile?: string
  insecureDevKeys?: boolean
}

export async function keysOf(io: Io, dataDir: string, options: KeyOptions) {
  const { loadKeys } = await import('../../../config/identity.ts')
  const { askPassphrase } = await import('../../passphrase.ts')
  const file = options.passphraseFile === undefined ? undefined : absolute(options.passphraseFile, io.cwd)
  const insecure = options.insecureDevKeys === true || /^(true|1|yes|on)$/i.test(io.env['DCN_INSECURE_DEV_KEYS'] ?? '')
  return await loadKeys(dataDir, insecure, isNew => askPassphrase(io, { file, isNew }))
}

/** What the line that starts the node must say again. */
export const keyFlags = ({ insecureDevKeys, passphraseFile }: KeyOptions): string[] => [
  ...(insecureDevKeys === true ? ['--insecure-dev-keys'] : []),
  ...(passphraseFile === undefined ? [] : ['--passphrase-file', passphraseFile])
]

/** How a person would start a node here: what was given by flag must be given again. */
export function startLine(role: string, dataDir: string, flags: readonly string[] = []): string {
  const quoted = /^[\w@%+=:,./~-]+$/.test(dataDir) ? dataDir : `'${dataDir.replaceAll("'", String.raw`'\''`)}'`
  return ['dcn-node', '--role', role, '--data-dir', quoted, ...flags].join(' ')
}

export const badFlag = (field: string, value: unknown, limit: string): InvalidInputError =>
  new InvalidInputError(`--${field}: expected ${limit}`, { field, value, limit, remedy: `correct --${field}` })
