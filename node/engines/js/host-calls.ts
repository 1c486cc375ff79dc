import ivm from 'isolated-vm'
import type { SandboxChannel } from '../sandbox/channel.ts'
import { OutputLedger, QuotaError } from '../sandbox/ledger.ts'
import { type JsRun, PIECE_BYTES, type SandboxEnd } from '../sandbox/messages.ts'

/** What a call of the program gets back: an error for it to catch, or a value. */
type Answer = { error: string } | { value: unknown }

/** A program may hold half of its memory in one buffer it reads: an isolate that gets more than its limit is lost whole. */
const READ_SHARE = 2
/** Text needs up to two bytes a character on both sides of the boundary at once. */
const TEXT_SHARE = 8

/**
 * The one function the guest calls for inputs and outputs: (name, path, …). Nothing is thrown across the boundary,
 * because a stack would show the program the paths of this host.
 */
export function hostCalls(channel: SandboxChannel, job: JsRun, end: (end: SandboxEnd) => void) {
  const ledger = new OutputLedger(job.outputs, job.diskBytes)
  const calls: Record<string, (path: string, x: unknown, y: unknown) => Promise<Answer>> = {
    list: path => list(channel, path),
    size: path => sizeOf(channel, path),
    read: (path, offset, length) => read(path, Number(offset), Number(length), job.memoryBytes / READ_SHARE),
    text: async path => {
      const answer = await read(path, 0, -1, job.memoryBytes / TEXT_SHARE)
      return 'error' in answer ? answer : { value: Buffer.from(answer.value as ArrayBuffer).toString('utf8') }
    },
    write: (path, data, append) => write(path, data, append === true)
  }

  async function read(path: string, offset: number, length: number, most: number): Promise<Answer> {
    const found = await sizeOf(channel, path)
    if ('error' in found) return found
    const size = Number(found.value)
    if (!Number.isSafeInteger(offset) || offset < 0 || !Number.isSafeInteger(length)) {
      return { error: 'offset and length are whole numbers of bytes' }
    }
    const from = Math.min(offset, size)
    const wanted = length < 0 ? size - from : Math.min(length, size - from)
    if (wanted > most) {
      return { error: `${path}: ${wanted} bytes are more than ${Math.floor(most)} that fit at once; read it in ranges` }
    }
    const bytes = new Uint8Array(wanted)
    for (let at = 0; at < wanted; ) {
      const reply = await channel.request({
        type: 'read',
        path,
        offset: from + at,
        length: Math.min(PIECE_BYTES, wanted - at)
      })
      if (reply.error !== undefined || reply.body.byteLength === 0)
        return { error: reply.error ?? `${path} ends early` }
      bytes.set(reply.body, at)
      at += reply.body.byteLength
    }
    return { value: bytes.buffer }
  }

  async function write(path: string, data: unknown, append: boolean): Promise<Answer> {
    const bytes = typeof data === 'string' ? Buffer.from(data) : new Uint8Array(data as ArrayBuffer)
    try {
      ledger.write(path, bytes.byteLength, append)
    } catch (error) {
      if (error instanceof QuotaError) end({ type: 'end', status: 'disk-full', reason: error.message })
      return { error: (error as Error).message }
    }
    await channel.write(path, bytes, append)
    return { value: undefined }
  }

  return async (name: unknown, path: unknown, x: unknown, y: unknown) => {
    const call = calls[String(name)]
    const answer = call === undefined ? { error: 'no such call' } : await call(String(path), x, y)
    return 'error' in answer
      ? new ivm.ExternalCopy(answer).copyInto({ release: true })
      : new ivm.ExternalCopy(
          answer,
          answer.value instanceof ArrayBuffer ? { transferList: [answer.value] } : {}
        ).copyInto({ release: true })
  }
}

async function list(channel: SandboxChannel, path: string): Promise<Answer> {
  const { error, body } = await channel.request({ type: 'list', path })
  return error === undefined ? { value: JSON.parse(Buffer.from(body).toString('utf8')) } : { error }
}

async function sizeOf(channel: SandboxChannel, path: string): Promise<Answer> {
  const { error, value } = await channel.request({ type: 'size', path })
  if (error !== undefined) return { error }
  return Number(value) < 0 ? { error: `${path}: is a directory` } : { value }
}
