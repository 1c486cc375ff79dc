// A worker thread with hosts of its own, so that a benchmark's main thread does only what it measures.
import { randomBytes } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import type { PeerTarget } from '../../node/components.ts'
import type { Host } from '../../node/network/host.ts'
import { connect } from '../../node/network/streams.ts'
import { gossipId } from '../../protocols/offers/fact.ts'
import { Cleanup, until } from '../support/hosts.ts'

export interface PeerInit {
  targets: PeerTarget[]
  /** @default that of hosts in tests */
  network?: { networkId: string; networkSecret: Uint8Array }
}

/** What the worker is told: each command is answered with a number. */
export type Command =
  | { do: 'publish'; wires: Uint8Array[] }
  | { do: 'received' }
  | { do: 'connections' }
  /** garbage, `perSecond` of it until told to stop; who hangs up is dialled again */
  | { do: 'spam'; perSecond: number }
  | { do: 'stop' }

const { targets, network } = workerData as PeerInit
const cleanup = new Cleanup()
let [received, ticks] = [0, 0]
// a clock that runs fast: no limit per second is met
const host = await cleanup.host({ ...network, messageId: gossipId, now: () => Date.now() + 100 * ticks++ })
host.validate(() => {
  received++
  return 'accept'
})
host.pubsub.subscribe(host.topic)
for (const target of targets) await connect(host.libp2p, target)
await until(() => host.pubsub.getSubscribers(host.topic).length >= targets.length)
parentPort?.on('message', (command: Command) => void obey(command, host))
parentPort?.postMessage('ready')

async function obey(command: Command, { pubsub, topic }: Host): Promise<void> {
  switch (command.do) {
    case 'publish':
      for (const wire of command.wires) await pubsub.publish(topic, wire)
      parentPort?.postMessage(command.wires.length)
      break
    case 'spam':
      spam(command.perSecond)
      parentPort?.postMessage(0)
      break
    case 'connections':
      parentPort?.postMessage(host.libp2p.getConnections().length)
      break
    case 'received':
      parentPort?.postMessage(received)
      break
    case 'stop':
      await cleanup.run()
      parentPort?.postMessage(0)
      parentPort?.close()
  }
}

const REDIAL_MS = 250

/** In bursts of a hundredth of a second. Garbage of the right size, each piece another. */
function spam(perSecond: number): void {
  const { pubsub, topic, libp2p } = host
  const timer = setInterval(() => {
    for (let i = 0; i < perSecond / 100; i++) void pubsub.publish(topic, randomBytes(1_000)).catch(() => undefined)
  }, 10)
  const redial = setInterval(() => {
    for (const target of targets) void connect(libp2p, target).catch(() => undefined)
  }, REDIAL_MS)
  cleanup.add(async () => {
    clearInterval(timer)
    clearInterval(redial)
  })
}
