import { createReadStream } from 'node:fs'
import { InvalidInputError, TooLargeError, UserError } from '../../protocols/common/errors.ts'
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
/** What begins like an invite is one, however little of it is there. */
const INVITE_BEGINNING = /^dcn\d[A-Za-z0-9_-]*$/
/** An invite with something around it, or broken into words. As a path it would be printed, with the secret in it. */
const INVITE_INSIDE = /dcn\d[\w\s-]{64,}/
/** An invite that lost its first characters in copying. */
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
  const value = jsonOf(text)
  if (typeof value !== 'object' || value === null) throw notNetwork(path)
  return { document: readNetworkJson(value), hints: [] }
}

function check(document: NetworkDocument, known?: NetworkDocument): NetworkDocument {
  try {
    return checkNetwork(document)
  } catch (error) {
    throw known !== undefined && error instanceof UserError ? tampered(error, known, document) : error
  }
}

/** What the parser says of a mistake quotes the text, and the secret is in it. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const notNetwork = (path: string): InvalidInputError =>
  new InvalidInputError(`network file ${path} is not JSON of a network`, {
    field: 'network',
    value: path,
    remedy: 'give a file made by "dcn network create", or an invite line'
  })

/** At most the cap is read, from whatever it is: a pipe keeps an invite out of the list of processes. */
async function readText(path: string): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of createReadStream(path, { end: MAX_FILE_BYTES })) {
      chunks.push(chunk)
      size += chunk.byteLength
      if (size > MAX_FILE_BYTES) break
    }
  } catch (cause) {
    throw unreadable(path, cause)
  }
  if (size > MAX_FILE_BYTES) throw new TooLargeError('network file (bytes)', size, MAX_FILE_BYTES)
  return Buffer.concat(chunks).toString('utf8')
}

function unreadable(path: string, cause: unknown): InvalidInputError {
  const remedy = 'check the path, or give an invite line that starts with "dcn1"'
  if (INVITE_INSIDE.test(path)) {
    return new InvalidInputError('this is neither an invite nor a file that can be read', {
      field: 'network',
      limit: 'an invite from "dcn1" to its end, with nothing around it',
      remedy
    })
  }
  return new InvalidInputError(`network file ${path} cannot be read: ${troubleText(cause)}`, {
    field: 'network',
    value: path,
    remedy,
    cause
  })
}
