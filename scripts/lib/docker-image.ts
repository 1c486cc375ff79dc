import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import Docker from 'dockerode'
import { packTar } from '../../node/engines/docker/tar/write.ts'

/** Where Debian, Ubuntu and Alpine put it; it must be the statically linked one (`apt install busybox-static`). */
const BUSYBOX_PATHS = ['/bin/busybox', '/usr/bin/busybox', '/bin/busybox.static']
/** Commands of the image, each a link to busybox. */
const APPLETS =
  'sh cat cp dd echo env expr false find grep head id kill ln ls mkdir mkfifo mount mv nc ping printf ps pwd rm seq sha256sum sleep sort sync tail tee test touch tr true truncate uniq wc wget whoami xargs yes'.split(
    ' '
  )
const PT_INTERP = 3

export type TestImage = { id: string; remove: () => Promise<void> } | { missing: string }

/**
 * Makes a tiny image (busybox and links to it) without a registry and loads it into the engine. The same busybox gives
 * the same bytes and so the same image id everywhere. `remove` takes away only what this call added.
 *
 * @param salt goes into the image's id: a caller with its own salt never has its image removed by another one
 * @returns what is missing when no engine answers or no static busybox is installed
 */
export async function busyboxImage(docker: Docker = new Docker(), salt = ''): Promise<TestImage> {
  const busybox = findBusybox()
  if (busybox === undefined) return { missing: 'no static busybox (apt install busybox-static)' }
  return await loadImage(docker, busyboxLayer(busybox), {
    env: ['PATH=/bin'],
    command: ['sh'],
    comment: `busybox ${salt}`
  })
}

interface ImageInit {
  env: string[]
  command: string[]
  /** two images of one layer are two by it */
  comment: string
}

/** Loads an image of one layer. `remove` takes away only what this call added. */
export async function loadImage(docker: Docker, layer: Buffer, init: ImageInit): Promise<TestImage> {
  const { id, archive } = imageArchive(layer, init)
  try {
    if (await has(docker, id)) return { id, remove: async () => undefined }
    const stream = await docker.loadImage(Readable.from([archive]))
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(stream, error => (error ? reject(error) : resolve()))
    })
    if (!(await has(docker, id))) return { missing: 'the Docker engine did not load the image' }
  } catch (error) {
    return { missing: `no Docker engine: ${error instanceof Error ? error.message : String(error)}` }
  }
  return { id, remove: () => removeImage(docker, id) }
}

async function removeImage(docker: Docker, id: string): Promise<void> {
  try {
    await docker.getImage(id).remove({ force: true })
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) throw error
  }
}

async function has(docker: Docker, id: string): Promise<boolean> {
  try {
    await docker.getImage(id).inspect()
    return true
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false
    throw error
  }
}

function findBusybox(): Buffer | undefined {
  for (const path of BUSYBOX_PATHS) {
    try {
      const elf = readFileSync(path)
      if (isStatic(elf)) return elf
    } catch {
      // not there: the next one
    }
  }
  return undefined
}

/** A 64-bit ELF file that asks for no interpreter runs without any library. */
function isStatic(elf: Buffer): boolean {
  if (elf.readUInt32BE(0) !== 0x7f454c46 || elf[4] !== 2) return false
  const offset = Number(elf.readBigUInt64LE(32))
  const [size, count] = [elf.readUInt16LE(54), elf.readUInt16LE(56)]
  return !Array.from({ length: count }, (_, i) => elf.readUInt32LE(offset + i * size)).includes(PT_INTERP)
}

function busyboxLayer(busybox: Buffer): Buffer {
  const dirs = ['bin/', 'tmp/', 'inputs/', 'outputs/', 'work/'].map(name => ({ name, mode: 0o755, type: '5' as const }))
  const links = APPLETS.map(name => ({ name: `bin/${name}`, mode: 0o777, type: '2' as const, link: 'busybox' }))
  return packTar([...dirs, { name: 'bin/busybox', mode: 0o755, bytes: busybox }, ...links])
}

function imageArchive(layer: Buffer, { env, command, comment }: ImageInit): { id: string; archive: Buffer } {
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      created: '2000-01-01T00:00:00Z',
      config: { Env: env, Cmd: command },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
      history: [{ created: '2000-01-01T00:00:00Z', created_by: comment }]
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

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
