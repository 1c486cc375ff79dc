import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'

export interface DockerGate {
  /** lets through what was held, and all that follows */
  open(): void
  close(): Promise<void>
}

/**
 * A socket at `path` that passes everything on to an engine's, but holds requests that name `held` until it is opened: a slow disk,
 * for as long as a test needs.
 */
export async function dockerGate(path: string, engine: string, held: string): Promise<DockerGate> {
  const opened = Promise.withResolvers<void>()
  const sockets = new Set<{ destroy(): unknown }>()
  // whoever attaches to a container ends its own half first
  const server = createServer({ allowHalfOpen: true }, client => {
    const upstream = connect({ path: engine, allowHalfOpen: true })
    const hold = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        const pass = (): void => done(null, chunk)
        if (chunk.includes(held)) void opened.promise.then(pass)
        else pass()
      }
    })
    for (const socket of [client, upstream]) sockets.add(socket)
    // a side that is gone takes the other with it
    const both = Promise.all([pipeline(client, hold, upstream), pipeline(upstream, client)])
    void both
      .catch(() => undefined)
      .then(() => {
        for (const socket of [client, upstream]) sockets.delete(socket.destroy())
      })
  })
  server.listen(path)
  await once(server, 'listening')
  return {
    open: opened.resolve,
    async close() {
      opened.resolve()
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    }
  }
}
