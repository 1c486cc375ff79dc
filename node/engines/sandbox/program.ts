import { open } from 'node:fs/promises'

/** The module of a job, read by the sandbox in pieces. */
export interface Program {
  sizeBytes: number
  read(offset: number, length: number): Promise<Uint8Array>
  close(): Promise<void>
}

export function textProgram(source: string): Program {
  const bytes = Buffer.from(source)
  return {
    sizeBytes: bytes.byteLength,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
    close: async () => undefined
  }
}

export async function fileProgram(path: string): Promise<Program> {
  const handle = await open(path)
  const { size } = await handle.stat()
  return {
    sizeBytes: size,
    async read(offset, length) {
      const bytes = Buffer.allocUnsafe(length)
      const { bytesRead } = await handle.read(bytes, 0, length, offset)
      return bytes.subarray(0, bytesRead)
    },
    close: () => handle.close()
  }
}
