import { randomBytes } from 'node:crypto'
import { chmod, open, readFile, rename, rm } from 'node:fs/promises'
import { InvalidInputError, messageOf, TooLargeError } from '../../protocols/common/errors.ts'
import { looksLikeInvite, parseInvite } from '../../protocols/common/invite.ts'
import { type NetworkDocument, networkFromJson, networkToJson } from '../../protocols/common/network-document.ts'

const MAX_FILE_BYTES = 64 * 1024
/** The file holds the network's secret. */
const MODE = 0o600
/** An invite that lost its first characters in copying. Taken for a path, the secret in it would be printed. */
const HEADLESS_INVITE = /^[A-Za-z0-9_-]{120,}$/

/**
 * Reads a network from an invite line or from the path of a network file.
 *
 * @throws InviteError, InvalidInputError, TooLargeError
 */
export async function loadNetwork(pathOrInvite: string): Promise<NetworkDocument> {
  const invite = looksLikeInvite(pathOrInvite) || HEADLESS_INVITE.test(pathOrInvite.trim())
  return invite ? parseInvite(pathOrInvite) : readNetworkFile(pathOrInvite)
}

/** @throws InvalidInputError, TooLargeError */
export async function readNetworkFile(path: string): Promise<NetworkDocument> {
  const text = await readText(path)
  if (looksLikeInvite(text)) return parseInvite(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new InvalidInputError(`network file ${path} is not JSON: ${messageOf(cause)}`, {
      field: 'network',
      value: path,
      remedy: 'give a file made by "dcn network create", or an invite line',
      cause
    })
  }
  return networkFromJson(value)
}

/** Writes the file whole or not at all, readable by its owner only. */
export async function writeNetworkFile(path: string, document: NetworkDocument): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`
  const file = await open(temporary, 'wx', MODE)
  try {
    await file.writeFile(networkToJson(document))
    await file.sync()
    await file.close()
    await chmod(temporary, MODE)
    await rename(temporary, path)
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(temporary, { force: true })
    throw error
  }
}

async function readText(path: string): Promise<string> {
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (cause) {
    throw new InvalidInputError(`network file ${path} cannot be read: ${messageOf(cause)}`, {
      field: 'network',
      value: path,
      remedy: 'check the path, or give an invite line that starts with "dcn1"',
      cause
    })
  }
  if (bytes.byteLength > MAX_FILE_BYTES)
    throw new TooLargeError('network file (bytes)', bytes.byteLength, MAX_FILE_BYTES)
  return bytes.toString('utf8')
}
