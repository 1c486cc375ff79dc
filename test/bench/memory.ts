import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { OfferBook } from '../../protocols/offers/book.ts'
import { decodeFact, encodeFact } from '../../protocols/offers/fact.ts'
import type { ResourceOffer } from '../../protocols/offers/schema.ts'
import * as make from '../support/market/make.ts'
import { atMost, type Benchmark, figure } from './measure.ts'

const OFFERS = 10_000
const RUNS = 3
const GIB = 2 ** 30
const MIB = 2 ** 20
const ENGINES: ResourceOffer['engines'][] = [
  [{ kind: 'docker', version: '20.10.24' }],
  [
    { kind: 'docker', version: '27.3.1' },
    { kind: 'js', version: '1' },
    { kind: 'wasm', version: '1' }
  ],
  [{ kind: 'js', version: '1' }]
]

/** What a book keeps in memory for each offer, as it came from the network, beside the same offers as they travel. */
export const memory: Benchmark = {
  name: 'memory',
  about: `a book of ${OFFERS.toLocaleString('en')} offers of as many providers`,
  async run() {
    const wires = await Promise.all(Array.from({ length: OFFERS }, (_, i) => wireOf(i)))
    const books: number[] = []
    const bare: number[] = []
    for (let run = 0; run < RUNS; run++) {
      bare.push(heldBy(() => wires.map(wire => wire.slice())))
      books.push(heldBy(() => bookOf(wires)))
    }
    return [
      figure({
        metric: `a book of ${OFFERS.toLocaleString('en')} offers, ${Math.round(sizeOf(wires) / OFFERS)} bytes each as they travel`,
        unit: 'MiB',
        samples: books,
        baseline: { what: 'the bytes alone', samples: bare },
        target: atMost(30, 'MiB')
      })
    ]
  }
}

function bookOf(wires: readonly Uint8Array[]): OfferBook {
  const book = new OfferBook({ roundMs: make.ROUND_MS })
  for (const wire of wires) book.add(decodeFact(wire), make.NOW_MS)
  return book
}

/** No two alike in address, price or what is free; engines and sizes repeat, as they do. */
async function wireOf(i: number): Promise<Uint8Array> {
  const cpuMillis = 1000 * 2 ** (i % 8)
  const capacity = { cpuMillis, memoryBytes: (i % 50) * GIB, diskBytes: (i % 90) * 10 * GIB, gpus: [] }
  const ip = `${1 + (i % 200)}.${(i >> 8) % 256}.${i % 256}.7`
  const addrs = Array.from(
    { length: 4 },
    (_, port) => `/ip4/${ip}/tcp/${4001 + port}/p2p/12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8`
  )
  const fact = await make.resourceFact(make.identity(i), {
    engines: ENGINES[i % ENGINES.length] ?? [],
    capacity,
    free: { ...capacity, memoryBytes: i * MIB },
    price: { ...make.resourceOffer().price, perCpuHour: BigInt(3_600_000 + i) },
    labels: { zone: `zone-${i % 20}` },
    addrs
  })
  return encodeFact(fact).slice()
}

const sizeOf = (wires: readonly Uint8Array[]): number => wires.reduce((sum, wire) => sum + wire.byteLength, 0)

/** What stays alive of what `work` makes, after full collections, buffers included; MiB. */
function heldBy(work: () => unknown): number {
  const before = alive()
  const made = [work()]
  const held = alive() - before
  // dropped here, or the next measurement would begin with it
  made.pop()
  return held / MIB
}

function alive(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (let i = 0; i < 4; i++) collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
