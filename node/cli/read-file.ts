import { createReadStream } from 'node:fs'
import { InvalidInputError, TooLargeError } from '../../protocols/common/errors.ts'
import { fileTrouble, troubleText } from '../errors/file-trouble.ts'

interface ReadOptions {
  maxBytes: number
  /** the flag or argument that names it. @default file */
  field?: string
  /** what to do when the file itself gives no better advice */
  remedy?: string
  /** what to do with one that is too large */
  tooLarge?: string
}

/** A file that a person named, or a pipe such as `<(…)`; never more of it than is allowed. @throws InvalidInputError, TooLargeError */
export async function readNamed(path: string, options: ReadOptions): Promise<Buffer> {
  const { maxBytes, field = 'file', remedy = 'check the path', tooLarge } = options
  try {
    const parts: Buffer[] = []
    for await (const part of createReadStream(path, { end: maxBytes })) parts.push(part as Buffer)
    const bytes = Buffer.concat(parts)
    if (bytes.byteLength <= maxBytes) return bytes
  } catch (cause) {
    throw new InvalidInputError(`cannot read ${path}: ${troubleText(cause)}`, {
      field,
      value: path,
      remedy: fileTrouble(cause)?.remedy ?? remedy,
      cause
    })
  }
  throw new TooLargeError(`${path} (bytes)`, maxBytes + 1, maxBytes, tooLarge)
}

/** The same as text; bytes that are none would be replaced silently. @throws InvalidInputError, TooLargeError */
export async function readNamedText(path: string, options: ReadOptions): Promise<string> {
  const bytes = await readNamed(path, options)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new InvalidInputError(`${path} is not UTF-8 text`, {
      field: options.field ?? 'file',
      value: path,
      remedy: 'save it as UTF-8, or name another file',
      cause
    })
  }
}
