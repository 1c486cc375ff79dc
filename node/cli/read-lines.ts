import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { InvalidInputError, messageOf, TooLargeError } from '../../protocols/common/errors.ts'
import { fileTrouble, troubleText } from '../errors/file-trouble.ts'

/** Longer than any value a slice may have, with room for spaces. */
const MAX_LINE_CHARS = 4 * 1024 * 1024

/** The values of an NDJSON file or stream, as they are wanted; empty lines are passed over. @throws InvalidInputError, TooLargeError */
export async function* readLines(from: string | Readable): AsyncGenerator<unknown, undefined> {
  const name = typeof from === 'string' ? from : 'stdin'
  const stream = typeof from === 'string' ? createReadStream(from) : from
  stream.setEncoding('utf8')
  let number = 0
  let rest = ''
  try {
    for await (const chunk of stream) {
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        number += 1
        if (line.trim() !== '') yield parsed(line, name, number)
      }
      if (rest.length > MAX_LINE_CHARS) {
        throw new TooLargeError(`${name}:${number + 1} (characters)`, rest.length, MAX_LINE_CHARS)
      }
    }
  } catch (cause) {
    if (cause instanceof InvalidInputError || cause instanceof TooLargeError) throw cause
    const details = { field: 'slices', value: name, remedy: fileTrouble(cause)?.remedy ?? 'check the path', cause }
    throw new InvalidInputError(`cannot read ${name}: ${troubleText(cause)}`, details)
  }
  if (rest.trim() !== '') yield parsed(rest, name, number + 1)
}

function parsed(line: string, name: string, number: number): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new InvalidInputError(`${name}:${number}: not JSON: ${messageOf(cause)}`, {
      field: 'slices',
      value: line,
      remedy: 'write one JSON text per line',
      cause
    })
  }
}
