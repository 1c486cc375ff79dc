import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** What happens to a request: passed on, cut before it arrives, cut before the answer comes back, or answered with junk. */
export type Fate = 'pass' | 'cut' | 'lose-answer' | 'flood'

export interface RpcProxy {
  url: string
  /** decides by JSON-RPC method; may be changed at any time */
  fate: (method: string) => Fate
  /** methods seen so far */
  seen: string[]
  stop(): Promise<void>
}

const FLOOD_BYTES = 20 * 1024 * 1024

/** A network between a settlement and a real chain node that fails on demand. */
export async function rpcProxy(target: string): Promise<RpcProxy> {
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const proxy: RpcProxy = {
    url: `http://127.0.0.1:${port}`,
    fate: () => 'pass',
    seen: [],
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    const { method } = JSON.parse(body) as { method: string }
    proxy.seen.push(method)
    const fate = proxy.fate(method)
    if (fate === 'cut') return void response.destroy()
    if (fate === 'flood') return void response.end(Buffer.alloc(FLOOD_BYTES, ' '))
    const answer = await fetch(target, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    const reply = await answer.text()
    if (fate === 'lose-answer') return void response.destroy()
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(reply)
  }

  return proxy
}
