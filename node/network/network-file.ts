import { readFile } from 'node:fs/promises'
import { InvalidInputError, messageOf, TooLargeError, UserError } from '../../protocols/common/errors.ts'
import { type Invitation, looksLikeInvite, readInvite } from '../../protocols/common/invite.ts'
import {
  checkNetwork,
  type NetworkDocument,
  networkToJson,
  readNetworkJson
} from '../../protocols/common/network-document.ts'
import { tampered } from '../../protocols/network/compare.ts'
import { troubleText } from '../errors/file-trouble.ts'
import { writeWhole } from './write-whole.ts'

/** Two lists of 1,000 peers, 60 characters each, and as much again. */
const MAX_FILE_BYTES = 256 * 1024
/** An invite that lost its first characters in copying. Taken for a path, the secret in it would be printed. */
/** What begins like an invite is one, however little of it is there. */
const INVITE_BEGINNING = /^dcn\d[A-Za-z0-9_-]*$/
const HEADLESS_INVITE = /^[A-Za-z0-9_-]{120,}$/

/**
 * Reads a network from an invite line or from the path of a network file.
 *
 * @param known what this node has: a changed document is refused with what differs from it
 * @throws InviteError, NetworkVersionError, InvalidInputError, BadSignatureError, TooLargeError
 */
export async function loadNetwork(pathOrInvite: string, known?: NetworkDocument): Promise<Invitation> {
  const isInvite =
    looksLikeInvite(pathOrInvite) || INVITE_BEGINNING.test(pathOrInvite) || HEADLESS_INVITE.test(pathOrInvite.trim())
  const found = isInvite ? readInvite(pathOrInvite) : await readFileAs(pathOrInvite)
  return { ...found, document: check(found.document, known) }
}

/** @throws NetworkVersionError, InvalidInputError, BadSignatureError, TooLargeError */
export async function readNetworkFile(path: string): Promise<NetworkDocument> {
  return check((await readFileAs(path)).document)
}

/** Writes the file whole or not at all, readable by its owner only: it holds the network's secret. */
export async function writeNetworkFile(path: string, document: NetworkDocument): Promise<void> {
  await writeWhole(path, networkToJson(document))
}

async function readFileAs(path: string): Promise<Invitation> {
  const text = await readText(path)
  if (looksLikeInvite(text)) return readInvite(text)
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
  return { document: readNetworkJson(value), hints: [] }
}

function check(document: NetworkDocument, known?: NetworkDocument): NetworkDocument {
  try {
    return checkNetwork(document)
  } catch (error) {
    throw known !== undefined && error instanceof UserError ? tampered(error, known, document) : error
  }
}

async function readText(path: string): Promise<string> {
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (cause) {
    throw new InvalidInputError(`network file ${path} cannot be read: ${troubleText(cause)}`, {
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
