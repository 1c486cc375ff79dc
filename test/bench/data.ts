import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { CID } from 'multiformats/cid'
import { open } from '../../node/network/streams.ts'
import type { Source } from '../../node/storage/storage.ts'
import { sha256 } from '../../protocols/common/hash.ts'
import { Cleanup } from '../support/hosts.ts'
import { chunkAt, RAW_PROTOCOL } from './data-peer.ts'
import { type Benchmark, type Figure, figure } from './measure.ts'

const MIB = 2 ** 20
/** file size in MiB → how often it is brought */
const SIZES = new Map([
  [1, 7],
  [16, 5],
  [256, 3],
  [1024, 1]
])
const QUOTA_BYTES = 16 * 2 ** 30

interface Peer {
  process: ChildProcess
  source: Source
  cids: Record<string, string>
}

/** A file from one process to another: by CAR and by bitswap, against the same bytes over a bare stream and through sha256. */
export const data: Benchmark = {
  name: 'data',
  about: 'a file from one process to another, checked and stored, in MB/s',
  async run() {
    const sizes = [...SIZES.keys()].map(mib => mib * MIB)
    const [car, bitswap] = await Promise.all([startPeer(sizes), startPeer(sizes, '--no-car')])
    try {
      const found: Figure[] = []
      for (const [mib, runs] of SIZES) found.push(...(await measure(mib, runs, car, bitswap)))
      return found
    } finally {
      for (const { process: child } of [car, bitswap]) {
        child.kill()
        await once(child, 'exit')
      }
    }
  }
}

async function measure(mib: number, runs: number, car: Peer, bitswap: Peer): Promise<Figure[]> {
  const samples = { raw: [] as number[], car: [] as number[], bitswap: [] as number[], hash: [] as number[] }
  for (let i = 0; i < runs; i++) {
    samples.raw.push(await rate(mib, () => withNode(car, node => drain(node, car, mib * MIB))))
    samples.car.push(await rate(mib, () => withNode(car, node => fetch(node, car, mib * MIB))))
    samples.bitswap.push(await rate(mib, () => withNode(bitswap, node => fetch(node, bitswap, mib * MIB))))
    samples.hash.push(await rate(mib, () => hashAll(mib)))
  }
  const name = `${mib} MiB`
  return [
    figure({
      name: `car ${name}`,
      metric: `${name} by CAR`,
      unit: 'MB/s',
      samples: samples.car,
      baseline: { what: 'bare stream', samples: samples.raw },
      ...(mib < 256 ? {} : { target: { text: '≥ 0.55 × bare', holds: (v: number, base: number) => v >= 0.55 * base } })
    }),
    figure({
      name: `car to bitswap ${name}`,
      metric: `${name} by CAR`,
      unit: 'MB/s',
      samples: samples.car,
      baseline: { what: 'bitswap', samples: samples.bitswap },
      ...(mib < 256 ? {} : { target: { text: '≥ 2 × bitswap', holds: (v: number, base: number) => v >= 2 * base } })
    }),
    figure({ name: `sha256 ${name}`, metric: `${name} through sha256`, unit: 'MB/s', samples: samples.hash })
  ]
}

type Node = Awaited<ReturnType<Cleanup['node']>>

/** A fresh node that is connected already; gives the milliseconds of the work alone. */
async function withNode(peer: Peer, work: (node: Node) => Promise<void>): Promise<number> {
  const cleanup = new Cleanup()
  try {
    const node = await cleanup.node({ quotaBytes: QUOTA_BYTES })
    await drain(node, peer, 1)
    const start = performance.now()
    await work(node)
    return performance.now() - start
  } finally {
    await cleanup.run()
  }
}

async function fetch(node: Node, peer: Peer, size: number): Promise<void> {
  const cid = CID.parse(peer.cids[size] ?? '')
  const { sizeBytes } = await node.store.fetch(cid, { from: peer.source, maxBytes: size })
  if (sizeBytes !== size) throw new Error('the file has another size')
}

/** Reads the bytes and drops them. */
async function drain(node: Node, peer: Peer, size: number): Promise<void> {
  const stream = await open(node.host.libp2p, peer.source, RAW_PROTOCOL, AbortSignal.timeout(600_000))
  let left = size
  const ended = new Promise<void>((resolve, reject) => {
    stream.addEventListener('message', ({ data: bytes }) => {
      left -= bytes.byteLength
      if (left === 0) resolve()
    })
    stream.addEventListener('close', () => (left === 0 ? resolve() : reject(new Error('cut'))))
  })
  const wanted = Buffer.alloc(8)
  wanted.writeBigUInt64LE(BigInt(size))
  stream.send(wanted)
  await ended
  await stream.close()
}

async function hashAll(mib: number): Promise<number> {
  const start = performance.now()
  for (let i = 0; i < mib; i++) sha256(chunkAt(i))
  return performance.now() - start
}

async function rate(mib: number, work: () => Promise<number>): Promise<number> {
  return (mib * MIB) / 1e6 / ((await work()) / 1000)
}

async function startPeer(sizes: number[], ...flags: string[]): Promise<Peer> {
  const script = join(import.meta.dirname, 'data-peer.ts')
  const child = spawn(process.execPath, [script, ...sizes.map(String), ...flags], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const lines = createInterface({ input: child.stdout })
  const [line] = (await once(lines, 'line')) as [string]
  return { process: child, ...JSON.parse(line) }
}
