import type { Stream } from '@libp2p/interface'
import { lpStream } from '@libp2p/utils'
import type { CID } from 'multiformats/cid'
import type { Host } from '../../../node/network/host.ts'
import type { Source } from '../../../node/storage/storage.ts'
import { headerFrame, sectionPrefix } from '../../../protocols/data/car-writer.ts'
import { CAR_LIMITS, CAR_PROTOCOL } from '../../../protocols/data/limits.ts'
import { type CarControl, decodeControl } from '../../../protocols/data/messages.ts'
import type { Cleanup } from '../hosts.ts'
import type { TestBlock } from './trees.ts'

/** The sender's end of one stream, for tests that do with it what they like. */
export interface CarTestStream {
  stream: Stream
  first: CarControl
  header(roots?: readonly CID[]): void
  section(block: TestBlock): void
  control(): Promise<CarControl>
}

/** A peer that speaks the protocol as a script says; counts its streams. */
export async function carPeer(
  cleanup: Cleanup,
  script: (to: CarTestStream, count: number) => Promise<void> | void
): Promise<{ host: Host; source: Source; streams: number }> {
  const host = await cleanup.host()
  const peer = { host, source: { peer: host.peerId.toString(), addrs: host.dialableAddrs() }, streams: 0 }
  await host.libp2p.handle(CAR_PROTOCOL, async stream => {
    const frames = lpStream(stream, { maxDataLength: CAR_LIMITS.controlBytes })
    const control = async () => decodeControl((await frames.read()).subarray())
    const first = await control()
    peer.streams++
    const to: CarTestStream = {
      stream,
      first,
      control,
      header: (roots = first.want) => void stream.send(headerFrame(roots)),
      section({ cid, bytes }) {
        stream.send(sectionPrefix(cid, bytes.byteLength))
        stream.send(bytes)
      }
    }
    await Promise.resolve(script(to, peer.streams)).catch(() => undefined)
  })
  return peer
}
