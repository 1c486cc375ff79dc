import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Cleanup } from '../hosts.ts'

/** A TCP proxy on loopback that passes so many bytes a second each way, as a slow line does. Gives its multiaddr. */
export async function slowLink(cleanup: Cleanup, to: string, bytesPerSecond: number): Promise<string> {
  const [, host = '', port = ''] = /^\/ip4\/([^/]+)\/tcp\/(\d+)/.exec(to) ?? []
  const sockets = new Set<Socket>()
  const server = createServer(inner => {
    const outer = connect(Number(port), host)
    for (const socket of [inner, outer]) {
      sockets.add(socket)
      socket
        .on('error', () => undefined)
        .on('close', () => {
          inner.destroy()
          outer.destroy()
        })
    }
    pass(inner, outer, bytesPerSecond)
    pass(outer, inner, bytesPerSecond)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanup.add(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(resolve => server.close(resolve))
  })
  return `/ip4/127.0.0.1/tcp/${(server.address() as AddressInfo).port}`
}

/** What is read waits in the kernel, so that the sender feels it. */
function pass(from: Socket, to: Socket, bytesPerSecond: number): void {
  let freeAt = performance.now()
  from.on('data', chunk => {
    to.write(chunk)
    freeAt = Math.max(freeAt, performance.now()) + (1000 * chunk.byteLength) / bytesPerSecond
    from.pause()
    setTimeout(() => from.resume(), Math.max(1, freeAt - performance.now()))
  })
}
