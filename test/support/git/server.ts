import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Nothing of this machine's own settings. */
const ENV = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.org'
}

/** Runs git; gives what it prints. */
export function git(dir: string, args: readonly string[], input?: Uint8Array | string): string {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: dir, env: ENV, input })
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`)
  return stdout.toString().trim()
}

/** Where git keeps what serves repositories over HTTP; undefined where there is none. */
export function httpBackend(): string | undefined {
  const { stdout } = spawnSync('git', ['--exec-path'], { env: ENV, encoding: 'utf8' })
  const path = join((stdout ?? '').trim(), 'git-http-backend')
  return existsSync(path) ? path : undefined
}

export interface GitServer {
  /** `127.0.0.1:PORT` */
  host: string
  /** repositories are the folders below it */
  root: string
  /** paths that were asked for */
  asked: string[]
  /** answers in the server's place where it returns true */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean
  stop(): Promise<void>
}

/** git's own server of repositories, on loopback. */
export async function gitServer(backend: string): Promise<GitServer> {
  const root = mkdtempSync(join(tmpdir(), 'dcn-test-git-'))
  const asked: string[] = []
  const http = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    if (!made.intercept(request, response)) serve(backend, root, request, response)
  })
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
  const made: GitServer = {
    host: `127.0.0.1:${(http.address() as AddressInfo).port}`,
    root,
    asked,
    intercept: () => false,
    async stop() {
      http.closeAllConnections()
      await new Promise(resolve => http.close(resolve))
      rmSync(root, { recursive: true, force: true })
    }
  }
  return made
}

/** One request by CGI. */
function serve(backend: string, root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const child = spawn(backend, {
    env: {
      ...ENV,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      REQUEST_METHOD: request.method ?? 'GET',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? ''
    }
  })
  request.pipe(child.stdin)
  const parts: Buffer[] = []
  child.stdout.on('data', (part: Buffer) => parts.push(part))
  child.on('close', () => {
    const all = Buffer.concat(parts)
    const end = all.indexOf('\r\n\r\n')
    const head = all.toString('latin1', 0, end).split('\r\n')
    const fields = new Map(head.map(line => line.split(': ') as [string, string]))
    response.statusCode = Number.parseInt(fields.get('Status') ?? '200', 10)
    for (const [name, value] of fields) if (name !== 'Status') response.setHeader(name, value)
    response.end(all.subarray(end + 4))
  })
}
