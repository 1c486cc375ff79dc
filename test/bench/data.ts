import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { CID } from 'multiformats/cid'
import { open } from '../../node/network/streams.ts'
import type { Source } from '../../node/storage/storage.ts'
import { sha256 } from '../../protocols/common/hash.ts'
import { Cleanup } from '../support/hosts.ts'
import { type Bytes, dialBare } from './bare-noise.ts'
import { chunkAt, RAW_PROTOCOL } from './data-peer.ts'
import { atLeastTimes, type Benchmark, figure, type Measured } from './measure.ts'

const MIB = 2 ** 20
/** file size in MiB, how often it is brought, and how often by bitswap, which needs minutes for the largest */
const SIZES = [
  { mib: 1, runs: 7, bitswapRuns: 7 },
  { mib: 16, runs: 5, bitswapRuns: 5 },
  { mib: 256, runs: 3, bitswapRuns: 2 },
  { mib: 1024, runs: 3, bitswapRuns: 1 }
]
/** Of smaller ones the start counts more than the rate. */
const TARGETS_FROM_MIB = 256
const QUICK_MIB = 16
const QUOTA_BYTES = 16 * 2 ** 30

interface Peer {
  process: ChildProcess
  source: Source
  /** where it speaks Noise and nothing else */
  bareAddr: string
  cids: Record<string, string>
}

/** A file from one process to another: by CAR and by bitswap, beside the same bytes over TCP and Noise alone, over a bare stream, and through sha256. */
export const data: Benchmark = {
  name: 'data',
  about: 'a file from one process to another, checked and stored, in MB/s',
  async run({ quick = false } = {}) {
    const chosen = SIZES.filter(({ mib }) => !quick || mib <= QUICK_MIB)
    const sizes = chosen.map(({ mib }) => mib * MIB)
    const [car, bitswap] = await Promise.all([startPeer(sizes), startPeer(sizes, '--no-car')])
    try {
      const found: Measured[] = []
      for (const size of chosen) found.push(...(await measure(size, car, bitswap)))
      return found
    } finally {
      for (const { process: child } of [car, bitswap]) {
        child.kill()
        await once(child, 'exit')
      }
    }
  }
}

async function measure(
  { mib, runs, bitswapRuns }: (typeof SIZES)[number],
  carPeer: Peer,
  bitswapPeer: Peer
): Promise<Measured[]> {
  const samples = { noise: [], stream: [], car: [], bitswap: [], hash: [] } as Record<Path, number[]>
  for (let i = 0; i < runs; i++) {
    samples.noise.push(await rate(mib, () => drainBare(carPeer, mib * MIB)))
    samples.stream.push(await rate(mib, () => withNode(carPeer, node => drainStream(node, carPeer, mib * MIB))))
    samples.car.push(await rate(mib, () => withNode(carPeer, node => fetch(node, carPeer, mib * MIB))))
    samples.hash.push(await rate(mib, () => hashAll(mib)))
    if (i >= bitswapRuns) continue
    samples.bitswap.push(await rate(mib, () => withNode(bitswapPeer, node => fetch(node, bitswapPeer, mib * MIB))))
  }
  const size = mib < 1024 ? `${mib} MiB` : `${mib / 1024} GiB`
  const car = (what: string, baseline: number[], factor?: number) =>
    figure({
      metric: `a file of ${size} by CAR, beside ${what}`,
      unit: 'MB/s',
      samples: samples.car,
      baseline: { what, samples: baseline },
      ...(mib < TARGETS_FROM_MIB || factor === undefined ? {} : { target: atLeastTimes(factor) })
    })
  return [
    car('TCP and Noise alone', samples.noise, 0.55),
    car('a bare stream (TCP, Noise, Yamux)', samples.stream),
    car('bitswap', samples.bitswap, 2),
    figure({ metric: `${size} through sha256`, unit: 'MB/s', samples: samples.hash })
  ]
}

type Path = 'noise' | 'stream' | 'car' | 'bitswap' | 'hash'
type Node = Awaited<ReturnType<Cleanup['node']>>

/** A fresh node that is connected already; gives the milliseconds of the work alone. */
async function withNode(peer: Peer, work: (node: Node) => Promise<void>): Promise<number> {
  const cleanup = new Cleanup()
  try {
    const node = await cleanup.node({ quotaBytes: QUOTA_BYTES })
    await drainStream(node, peer, 1)
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

async function drainStream(node: Node, peer: Peer, size: number): Promise<void> {
  await drain(await open(node.host.libp2p, peer.source, RAW_PROTOCOL, AbortSignal.timeout(600_000)), size)
}

async function drainBare({ bareAddr }: Peer, size: number): Promise<number> {
  const connection = await dialBare(bareAddr)
  const start = performance.now()
  await drain(connection, size)
  return performance.now() - start
}

/** Reads the bytes and drops them. */
async function drain(stream: Bytes, size: number): Promise<void> {
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
