// A node that holds a file, in a process of its own: `node data-peer.ts SIZE… [--no-car]`. Says where it is in one line of JSON.
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { handleStream } from '../../node/network/handle.ts'
import { CAR_PROTOCOL } from '../../protocols/data/limits.ts'
import { Cleanup } from '../support/hosts.ts'
import { type Bytes, listenBare } from './bare-noise.ts'

export const RAW_PROTOCOL = '/dcn/bench/raw/1.0.0'
const CHUNK_BYTES = 1024 * 1024
const QUOTA_BYTES = 16 * 2 ** 30

/** Chunks that differ, so that no block comes twice. */
export function chunkAt(index: number): Uint8Array {
  const chunk = Buffer.alloc(CHUNK_BYTES, index % 251)
  chunk.writeUInt32LE(index)
  return chunk
}

async function main(): Promise<void> {
  const args = process.argv.slice(2)
  const cleanup = new Cleanup()
  const node = await cleanup.node({ quotaBytes: QUOTA_BYTES })
  if (args.includes('--no-car')) await node.host.libp2p.unhandle(CAR_PROTOCOL)
  const limits = { timeoutMs: 600_000, maxInboundStreams: 4, perPeerPerSecond: 100 }
  await handleStream(node.host.libp2p, RAW_PROTOCOL, limits, 8, async (stream, _peer, signal) => {
    await sendAsked(stream)
    await stream.close({ signal })
  })
  const bare = await listenBare(sendAsked)
  cleanup.add(() => bare.stop())
  const cids: Record<string, string> = {}
  for (const size of args.filter(arg => /^\d+$/.test(arg)).map(Number)) {
    const dir = await cleanup.dir()
    const path = join(dir, 'file')
    await writeChunks(path, size)
    cids[size] = (await node.store.importPath(path)).cid.toString()
  }
  console.log(JSON.stringify({ source: node.source, bareAddr: bare.addr, cids }))
  process.once('SIGTERM', () => void cleanup.run().then(() => process.exit()))
}

async function writeChunks(path: string, size: number): Promise<void> {
  const file = createWriteStream(path)
  for (let at = 0; at < size; at += CHUNK_BYTES) {
    const part = chunkAt(at / CHUNK_BYTES).subarray(0, Math.min(size - at, CHUNK_BYTES))
    if (!file.write(part)) await new Promise(resolve => file.once('drain', () => resolve(undefined)))
  }
  file.end()
  await finished(file)
}

/** As many bytes as the other side asks for. */
async function sendAsked(stream: Bytes): Promise<void> {
  const chunk = chunkAt(0)
  for (let left = await sizeFrom(stream); left > 0; ) {
    const part = chunk.subarray(0, Math.min(left, chunk.byteLength))
    left -= part.byteLength
    if (!stream.send(part)) await drained(stream)
  }
}

/** The first eight bytes: how much to send. */
async function sizeFrom(stream: Bytes): Promise<number> {
  const message = await new Promise<Uint8Array>(resolve =>
    stream.addEventListener('message', ({ data }) => resolve(data.subarray()), { once: true })
  )
  return Number(Buffer.from(message).readBigUInt64LE())
}

const drained = (stream: Bytes): Promise<void> =>
  new Promise(resolve => stream.addEventListener('drain', () => resolve(), { once: true }))

if (process.argv[1] === import.meta.filename) await main()
