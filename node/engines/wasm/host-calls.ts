import ivm from 'isolated-vm'
import type { SandboxChannel } from '../sandbox/channel.ts'

/** What the guest's WASI asks of the node while the program waits: (name, path, offset, length). */
export function hostCalls(channel: SandboxChannel) {
  const calls: Record<string, (path: string, offset: number, length: number) => Promise<unknown>> = {
    entries: async path => JSON.parse(Buffer.from(await ask(channel, { type: 'entries', path })).toString('utf8')),
    async read(path, offset, length) {
      const bytes = await ask(channel, { type: 'read', path, offset, length })
      if (bytes.byteLength !== length) throw new Error(`${path} ends early`)
      return Uint8Array.from(bytes).buffer
    }
  }
  return async (name: unknown, path: unknown, offset: unknown, length: unknown) => {
    let answer: { error: string } | { value: unknown }
    try {
      answer = { value: await calls[String(name)]?.(String(path), Number(offset), Number(length)) }
    } catch (error) {
      answer = { error: String(error) }
    }
    const transfer = 'value' in answer && answer.value instanceof ArrayBuffer ? { transferList: [answer.value] } : {}
    return new ivm.ExternalCopy(answer, transfer).copyInto({ release: true })
  }
}

async function ask(channel: SandboxChannel, message: Parameters<SandboxChannel['request']>[0]): Promise<Uint8Array> {
  const { error, body } = await channel.request(message)
  if (error !== undefined) throw new Error(error)
  return body
}
