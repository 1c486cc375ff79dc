import { createHash } from 'node:crypto'
import type Docker from 'dockerode'
import { hasImage, loadArchive } from '../images/load.ts'
import { packTar } from '../tar/write.ts'

/**
 * A program that does nothing but wait: `pause` on amd64; arm64 has no such call, there `ppoll` without descriptors and without a
 * time. A namespace lives as long as a process is in it, and whatever image a job has, nothing of it should run before its network
 * is ready.
 */
const PROGRAMS: Partial<Record<NodeJS.Architecture, { machine: number; code: string }>> = {
  // mov eax, 34; syscall; jmp back
  x64: { machine: 0x3e, code: 'b8220000000f05ebf7' },
  // x0…x4 = 0; x8 = 73; svc 0; b back
  arm64: { machine: 0xb7, code: '000080d2010080d2020080d2030080d2040080d2280980d2010000d4f9ffff17' }
}
const LOAD_ADDRESS = 0x400000n
const ELF_HEADER = 64
const PROGRAM_HEADER = 56

/** The image whose containers hold a network namespace open, made here and loaded when the daemon lacks it. @returns its id */
export async function providePauseImage(docker: Docker): Promise<string> {
  const { id, archive } = pauseImage(process.arch)
  if (!(await hasImage(docker, id))) await loadArchive(docker, once(archive))
  return id
}

/** One file, a hundred-odd bytes: the same image id everywhere. */
export function pauseImage(arch: NodeJS.Architecture): { id: string; archive: Buffer } {
  const layer = packTar([{ name: 'pause', mode: 0o755, bytes: pauseProgram(arch) }])
  const config = Buffer.from(
    JSON.stringify({
      architecture: arch === 'x64' ? 'amd64' : arch,
      os: 'linux',
      config: { Entrypoint: ['/pause'] },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] }
    })
  )
  const id = sha256(config)
  const manifest = [{ Config: `${id}.json`, RepoTags: null, Layers: ['layer.tar'] }]
  const archive = packTar([
    { name: 'manifest.json', bytes: Buffer.from(JSON.stringify(manifest)) },
    { name: `${id}.json`, bytes: config },
    { name: 'layer.tar', bytes: layer }
  ])
  return { id: `sha256:${id}`, archive }
}

/** A static 64-bit ELF file with one segment: header, program header, code. */
export function pauseProgram(arch: NodeJS.Architecture): Buffer {
  const program = PROGRAMS[arch]
  if (program === undefined) throw new Error(`no pause program for ${arch}`)
  const code = Buffer.from(program.code, 'hex')
  const size = BigInt(ELF_HEADER + PROGRAM_HEADER + code.byteLength)
  const header = Buffer.alloc(ELF_HEADER + PROGRAM_HEADER)
  header.write('7f454c46020101', 0, 'hex')
  header.writeUInt16LE(2, 16)
  header.writeUInt16LE(program.machine, 18)
  header.writeUInt32LE(1, 20)
  header.writeBigUInt64LE(LOAD_ADDRESS + BigInt(header.byteLength), 24)
  header.writeBigUInt64LE(BigInt(ELF_HEADER), 32)
  header.writeUInt16LE(ELF_HEADER, 52)
  header.writeUInt16LE(PROGRAM_HEADER, 54)
  header.writeUInt16LE(1, 56)
  const segment = header.subarray(ELF_HEADER)
  segment.writeUInt32LE(1, 0)
  // readable and executable
  segment.writeUInt32LE(5, 4)
  segment.writeBigUInt64LE(LOAD_ADDRESS, 16)
  segment.writeBigUInt64LE(LOAD_ADDRESS, 24)
  segment.writeBigUInt64LE(size, 32)
  segment.writeBigUInt64LE(size, 40)
  segment.writeBigUInt64LE(0x1000n, 48)
  return Buffer.concat([header, code])
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
