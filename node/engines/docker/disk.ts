import { execFile } from 'node:child_process'
import { chown, lstat, mkdir, mkdtemp, open, readdir, readFile, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const exec = promisify(execFile)
const MIB = 1024 * 1024
const TOOL_MS = 20_000
/** Every file of an output costs the importer and the creator; the file system refuses more than this. */
const INODES = 20_480
const INODE_BYTES = 256
const MOUNT_OPTIONS = 'loop,nosuid,nodev,noexec,noatime'

/** What keeps a job's outputs within resources.diskBytes: the file system itself, or a look at it every 50 ms. */
export type Quota = 'loop-ext4' | 'watcher'

/** Where the outputs of one run lie while it runs. */
export interface JobDisk {
  /** one directory per output name */
  dir(name: string): string
  /** bytes used by the job so far; in watcher mode this walks all files */
  usedBytes(): Promise<number>
  remove(): Promise<void>
}

export interface DiskInit {
  scratch: string
  outputs: string[]
  diskBytes: number
  uid: number
  gid: number
}

const mountPoint = (scratch: string) => join(scratch, 'disk')
const imageFile = (scratch: string) => join(scratch, 'disk.img')

/** Whether this process can make and mount an ext4 image: root with the tools, in the daemon's own mount namespace. */
export async function probeQuota(): Promise<Quota> {
  if (process.getuid?.() !== 0) return 'watcher'
  const scratch = await mkdtemp(join(tmpdir(), 'dcn-quota-'))
  try {
    const disk = await makeDisk('loop-ext4', { scratch, outputs: ['probe'], diskBytes: MIB, uid: 0, gid: 0 })
    await disk.remove()
    return 'loop-ext4'
  } catch {
    return 'watcher'
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Makes the place for a run's outputs, owned by the container's user. */
export async function makeDisk(quota: Quota, init: DiskInit): Promise<JobDisk> {
  const { scratch, outputs, uid, gid } = init
  const root = mountPoint(scratch)
  await mkdir(root, { recursive: true })
  if (quota === 'loop-ext4') await mountImage(init)
  try {
    for (const name of outputs) {
      await mkdir(join(root, name))
      if (process.getuid?.() === 0) await chown(join(root, name), uid, gid)
    }
  } catch (error) {
    await unmount(root)
    throw error
  }
  return await diskAt(scratch, quota)
}

/** The place of a run that an earlier process of this node started. */
export async function reopenDisk(scratch: string): Promise<JobDisk> {
  const root = mountPoint(scratch)
  const hasImage = (await lstat(imageFile(scratch)).catch(() => undefined))?.isFile() === true
  if (!hasImage) return await diskAt(scratch, 'watcher')
  if (!(await mountsBelow(scratch)).includes(root)) await exec('mount', ['-o', MOUNT_OPTIONS, imageFile(scratch), root])
  return await diskAt(scratch, 'loop-ext4')
}

async function diskAt(scratch: string, quota: Quota): Promise<JobDisk> {
  const root = mountPoint(scratch)
  return {
    dir: name => join(root, name),
    usedBytes: () => (quota === 'loop-ext4' ? usedBlocks(root) : usedFiles(root)),
    remove: async () => {
      if (quota === 'loop-ext4') await unmount(root)
      await rm(root, { recursive: true, force: true })
      await rm(imageFile(scratch), { force: true })
    }
  }
}

/** A sparse file with a file system in it: the size is the job's own bytes and, beyond them, ext4's tables. */
async function mountImage({ scratch, diskBytes, uid, gid }: DiskInit): Promise<void> {
  const file = imageFile(scratch)
  const size = Math.ceil((diskBytes * 1.02 + INODES * INODE_BYTES + 4 * MIB) / MIB) * MIB
  const handle = await open(file, 'wx', 0o600)
  await handle.truncate(size)
  await handle.close()
  const extended = `lazy_itable_init=1,root_owner=${uid}:${gid}`
  const features = ['-m', '0', '-O', '^has_journal,^resize_inode', '-E', extended]
  const tables = ['-b', '4096', '-I', String(INODE_BYTES), '-N', String(INODES)]
  await exec('mkfs.ext4', ['-q', '-F', ...features, ...tables, file], { timeout: TOOL_MS })
  await exec('mount', ['-o', MOUNT_OPTIONS, file, mountPoint(scratch)], { timeout: TOOL_MS })
}

/** Lazily at last: a mount that something still looks at must not keep the node from ending the run. */
async function unmount(path: string): Promise<void> {
  await exec('umount', [path], { timeout: TOOL_MS }).catch(() => exec('umount', ['-l', path]).catch(() => undefined))
}

/** In an empty one the directories' own blocks are used: they are not the job's. */
const EMPTY_BLOCKS = 32

async function usedBlocks(root: string): Promise<number> {
  const { blocks, bfree, bsize } = await statfs(root)
  return Math.max(0, blocks - bfree - EMPTY_BLOCKS) * bsize
}

async function usedFiles(root: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(root, { withFileTypes: true, recursive: true }).catch(() => [])) {
    const stat = await lstat(join(entry.parentPath, entry.name)).catch(() => undefined)
    if (stat?.isFile() === true) bytes += stat.blocks * 512
  }
  return bytes
}

/** Mount points at or below a directory. */
export async function mountsBelow(dir: string): Promise<string[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '')
  return text
    .split('\n')
    .map(line =>
      (line.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_, oct) => String.fromCharCode(Number.parseInt(oct, 8)))
    )
    .filter(point => point.startsWith(`${dir}/`))
}

/** Unmounts what earlier processes left below a directory, except below the scratch directories in `keep`. */
export async function sweepMounts(dir: string, keep: readonly string[]): Promise<number> {
  const stale = (await mountsBelow(dir)).filter(p => p.endsWith('/disk') && !keep.some(k => p === mountPoint(k)))
  for (const point of stale) {
    await unmount(point)
    await rm(point.replace(/\/disk$/, '/disk.img'), { force: true })
  }
  return stale.length
}
