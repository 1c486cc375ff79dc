import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { packTar } from '../../node/engines/docker/tar/write.ts'

interface Manifest {
  name: string
  version: string
}

/** What npm asks of a registry, answered from this checkout's node_modules and from archives: an install without a network. */
export interface LocalRegistry {
  url: string
  /** names that were asked for and are not here */
  missing: string[]
  close(): Promise<void>
}

/** @param archives packed packages to serve besides what is installed */
export async function localRegistry(
  root: string,
  archives: readonly { manifest: Manifest; path: string }[]
): Promise<LocalRegistry> {
  const missing: string[] = []
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/').slice(1)
    const base = `http://${request.headers.host}`
    const [, name = path, version] = /^(.+)\/-\/(\S+)\.tgz$/.exec(path) ?? []
    const packed = archives.find(({ manifest }) => manifest.name === name)
    const dirs = packed === undefined ? installed(root, name) : []
    if (packed === undefined && dirs.length === 0) missing.push(name)
    if (version === undefined) {
      metadata(response, base, name, packed ? [packed.manifest] : dirs.map(manifestOf))
      return
    }
    const dir = dirs.find(one => manifestOf(one).version === version)
    const archive = packed !== undefined ? readFileSync(packed.path) : dir === undefined ? undefined : archiveOf(dir)
    if (archive === undefined) refuse(response)
    else response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(archive)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${port}/`, missing, close }
}

const manifestOf = (dir: string) => JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as Manifest

/** Every version of a package that the lockfile put somewhere and that is there on this platform. */
function installed(root: string, name: string): string[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: object }
  const wanted = Object.keys(packages).filter(path => path.endsWith(`node_modules/${name}`))
  return wanted
    .map(path => join(root, path))
    .filter(dir => readdirSync(join(dir, '..')).includes(dir.split('/').at(-1) ?? ''))
}

function metadata(response: ServerResponse, base: string, name: string, manifests: readonly Manifest[]): void {
  const [first] = manifests
  if (first === undefined) {
    refuse(response)
    return
  }
  const versions = manifests.map(manifest => {
    const tarball = `${base}/${encodeURIComponent(name)}/-/${manifest.version}.tgz`
    return [manifest.version, { ...manifest, dist: { tarball } }] as const
  })
  const answer = { name, 'dist-tags': { latest: first.version }, versions: Object.fromEntries(versions) }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
}

function refuse(response: ServerResponse): void {
  response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"Not found"}')
}

/** The files of a package as npm packs them, without the packages inside it. */
function archiveOf(dir: string): Buffer {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && !`${entry.parentPath}/`.slice(dir.length).includes('/node_modules/'))
    .map(entry => join(entry.parentPath, entry.name))
  const entries = files.map(path => ({
    name: `package${path.slice(dir.length)}`,
    mode: path.includes('/bin/') ? 0o755 : 0o644,
    bytes: readFileSync(path)
  }))
  return gzipSync(packTar(entries), { level: 1 })
}
