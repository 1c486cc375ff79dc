import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import Docker from 'dockerode'
import { loadArchive } from '../../../../../../node/engines/docker/images/load.ts'

describe('engines/docker/images/load', () => {
  let dir = ''
  let server: Server
  let docker: Docker
  /** what the daemon does with a request */
  let serve: (request: IncomingMessage) => Promise<string> = async () => ''

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dcn-load-test-'))
    const socketPath = join(dir, 'daemon')
    server = createServer(async (request, answer) => answer.end(await serve(request)))
    server.listen(socketPath)
    await once(server, 'listening')
    docker = new Docker({ socketPath })
  })
  after(async () => {
    await new Promise(resolve => {
      server.close(resolve)
      server.closeAllConnections()
    })
    await rm(dir, { recursive: true, force: true })
  })

  async function* archive(then: () => Promise<Uint8Array>): AsyncGenerator<Uint8Array> {
    yield Buffer.from('first')
    yield await then()
  }

  it('default: the daemon gets all of it', async () => {
    let body = ''
    serve = async request => {
      body = String(await buffer(request))
      return '{"stream":"Loaded"}\n'
    }
    await loadArchive(
      docker,
      archive(async () => Buffer.from(' second'))
    )
    assert.equal(body, 'first second')
  })
  it('error: what the daemon says', async () => {
    serve = async request => {
      await buffer(request)
      return '{"error":"no room"}\n'
    }
    await assert.rejects(
      loadArchive(
        docker,
        archive(async () => Buffer.from('x'))
      ),
      /no room/
    )
  })
  it('error: an archive that cannot be read to its end, and a caller who does not want it any more', async () => {
    const ended: Promise<unknown>[] = []
    serve = async request => {
      ended.push(buffer(request).catch(() => 'cut'))
      await ended.at(-1)
      return ''
    }
    const unreadable = archive(async () => {
      throw new Error('EIO')
    })
    await assert.rejects(loadArchive(docker, unreadable), /EIO/)
    const stop = new AbortController()
    const endless = archive(async () => {
      stop.abort(new Error('enough'))
      return await new Promise(() => undefined)
    })
    await assert.rejects(loadArchive(docker, endless, { signal: stop.signal }), /enough/)
    for (const end of await Promise.all(ended)) assert.equal(end, 'cut')
  })
})
