import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { keccak256 } from 'viem'

/**
 * What happens to a request: passed on; cut before it arrives, or before the answer comes back; never answered; a transaction
 * that is acknowledged and kept; refused for its rate or with a gateway's status; answered with junk.
 */
export type Fate =
  | 'pass'
  | 'cut'
  | 'lose-answer'
  | 'hang'
  | 'swallow'
  | 'limit'
  | 'bad-gateway'
  | 'html'
  | 'not-rpc'
  | 'flood'

export interface RpcCall {
  method: string
  // biome-ignore lint/suspicious/noExplicitAny: JSON of any shape, taken apart by tests
  params: any[]
}

/** Gives another result than the chain node did, or throws `refusal(…)`. */
// biome-ignore lint/suspicious/noExplicitAny: JSON of any shape, taken apart by tests
export type Tamper = (call: RpcCall, result: any) => unknown

export interface RpcProxy {
  url: string
  /** the chain node behind it; may be changed at any time */
  target: string
  /** decides by JSON-RPC method; may be changed at any time */
  fate: (method: string) => Fate
  /** lies; may be changed at any time */
  tamper: Tamper
  /** methods seen so far */
  seen: string[]
  /** resolves when a method has been seen once more, with its answer on the way */
  next(method: string): Promise<void>
  stop(): Promise<void>
}

class Refusal extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** What a chain node says when it does not want to answer. */
export const refusal = (message: string, code = -32000): Error => new Refusal(code, message)

const FLOOD_BYTES = 20 * 1024 * 1024
const honest: Tamper = (_call, result) => result
const JUNK: Partial<Record<Fate, [status: number, body: string | Buffer]>> = {
  limit: [429, '{"jsonrpc":"2.0","id":null,"error":{"code":-32005,"message":"slow down"}}'],
  'bad-gateway': [502, '<html>Bad gateway</html>'],
  html: [200, '<html>Please log in</html>'],
  'not-rpc': [200, '{"hello":"world"}'],
  flood: [200, Buffer.alloc(FLOOD_BYTES, ' ')]
}

/** A network between a settlement and a real chain node that fails, and an endpoint that lies, on demand. */
export async function rpcProxy(target: string): Promise<RpcProxy> {
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const proxy: RpcProxy = {
    url: `http://127.0.0.1:${port}`,
    target,
    fate: () => 'pass',
    tamper: honest,
    seen: [],
    next: async method => {
      const count = () => proxy.seen.filter(seen => seen === method).length
      const before = count()
      while (count() === before) await new Promise(setImmediate)
    },
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    const call = JSON.parse(body) as RpcCall
    proxy.seen.push(call.method)
    const fate = proxy.fate(call.method)
    if (fate === 'hang') return
    if (fate === 'cut') return void response.destroy()
    if (fate === 'swallow') return void response.end(acknowledged(body))
    const junk = JUNK[fate]
    if (junk !== undefined) return void response.writeHead(junk[0]).end(junk[1])
    const answer = await fetch(proxy.target, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    const reply = tampered(call, await answer.text())
    if (fate === 'lose-answer') return void response.destroy()
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(reply)
  }

  function acknowledged(body: string): string {
    const { id, params } = JSON.parse(body) as RpcCall & { id: number }
    return JSON.stringify({ jsonrpc: '2.0', id, result: keccak256(params[0]) })
  }

  function tampered(call: RpcCall, reply: string): string {
    if (proxy.tamper === honest) return reply
    const { result, error, ...rest } = JSON.parse(reply) as Record<string, unknown>
    try {
      const changed = proxy.tamper(call, result ?? null)
      return JSON.stringify(error === undefined ? { ...rest, result: changed } : { ...rest, error })
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown
      return JSON.stringify({ ...rest, error: { code: thrown.code, message: thrown.message } })
    }
  }

  return proxy
}
