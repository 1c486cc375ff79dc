import fs from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { add, commit, init, packObjects, readTree, resolveRef } from 'isomorphic-git'

const CAPABILITIES = 'side-band-64k shallow allow-reachable-sha1-in-want symref=HEAD:refs/heads/main agent=test'
/** Of one packet, less its length and its band. */
const BAND_BYTES = 65_515

/** Makes a folder a repository of one commit on `main`; gives the commit. */
export async function commitFolder(dir: string, paths: readonly string[]): Promise<string> {
  await init({ fs, dir, defaultBranch: 'main' })
  for (const filepath of paths) await add({ fs, dir, filepath })
  return await commit({ fs, dir, message: 'one', author: { name: 'a', email: 'a@example.org' } })
}

export interface PackServer {
  /** `127.0.0.1:PORT` */
  host: string
  stop(): Promise<void>
}

/**
 * Smart HTTP for the one commit of each repository, without git on this machine: what a clone asks for is always everything.
 *
 * @param repositories folders by the path they are served at
 */
export async function packServer(repositories: ReadonlyMap<string, string>): Promise<PackServer> {
  const http = createServer((request, response) => {
    serve(repositories, request, response).catch(error => response.writeHead(500).end(String(error)))
  })
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(http.address() as AddressInfo).port}`,
    async stop() {
      http.closeAllConnections()
      await new Promise(resolve => http.close(resolve))
    }
  }
}

async function serve(
  repositories: ReadonlyMap<string, string>,
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const [, name = '', service] =
    /^\/([^/]+)\/(info\/refs\?service=git-upload-pack|git-upload-pack)$/.exec(request.url ?? '') ?? []
  const dir = repositories.get(name)
  if (dir === undefined) return void response.writeHead(404).end()
  const oid = await resolveRef({ fs, dir, ref: 'refs/heads/main' })
  const kind = request.method === 'GET' ? 'advertisement' : 'result'
  response.setHeader('content-type', `application/x-git-upload-pack-${kind}`)
  if (service !== 'git-upload-pack') {
    const refs = [`${oid} HEAD\0${CAPABILITIES}\n`, `${oid} refs/heads/main\n`]
    return void response.end(`${line('# service=git-upload-pack\n')}0000${refs.map(line).join('')}0000`)
  }
  const wanted = (await buffer(request)).toString('latin1')
  if (!wanted.includes(`want ${oid}`)) return void response.writeHead(400).end()
  const { packfile = new Uint8Array() } = await packObjects({ fs, dir, oids: await objectsOf(dir, oid) })
  // no parent is cut off
  response.write(`0000${line('NAK\n')}`)
  for (let at = 0; at < packfile.byteLength; at += BAND_BYTES) {
    const part = packfile.subarray(at, at + BAND_BYTES)
    response.write(`${length(part.byteLength + 5)}\u0001`)
    response.write(part)
  }
  response.end('0000')
}

async function objectsOf(dir: string, commitId: string): Promise<string[]> {
  const below = async (tree: string): Promise<string[]> => {
    const { tree: entries, oid } = await readTree({ fs, dir, oid: tree })
    const inner = entries.map(entry => (entry.type === 'tree' ? below(entry.oid) : [entry.oid]))
    return [oid, ...(await Promise.all(inner)).flat()]
  }
  return [commitId, ...(await below(commitId))]
}

const length = (bytes: number): string => bytes.toString(16).padStart(4, '0')
const line = (text: string): string => length(Buffer.byteLength(text) + 4) + text
