import { join } from 'node:path'
import { pino } from 'pino'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { effectiveConfig } from '../../../node/config/load.ts'
import { createNode, type DcnNode, type NodeInit } from '../../../node/node.ts'
import { createNetworkDocument, type NetworkDocument } from '../../../protocols/common/network-document.ts'
import type { Cleanup } from '../hosts.ts'

export interface TestMember {
  node: DcnNode
  /** stops the node and starts it again, on the same data and with the same keys */
  restart(): Promise<void>
}

/** A network without a chain on this machine, whose nodes run noop jobs. */
export function chainlessNetwork(bootstrap: string[] = []): NetworkDocument {
  const secret = new Uint8Array(32).fill(9)
  return createNetworkDocument({ name: 'lab', secret, chain: null, bootstrap, roundMs: 250, createdAt: 0 })
}

/** A started node with all its parts, stopped by the cleanup. */
export async function member(
  cleanup: Cleanup,
  roles: string,
  network: NetworkDocument = chainlessNetwork(),
  more: Record<string, string> = {},
  init: Pick<NodeInit, 'aroundEngine'> = {}
): Promise<TestMember> {
  const dir = await cleanup.dir()
  const account = privateKeyToAccount(generatePrivateKey())
  const seed = crypto.getRandomValues(new Uint8Array(32))
  const flags = {
    roles,
    dataDir: join(dir, 'node'),
    listen: '/ip4/127.0.0.1/tcp/0',
    'http.port': '0',
    engines: 'noop',
    drainSec: '0',
    insecureDevKeys: 'true',
    ...more
  }
  const { config } = effectiveConfig({ flags, env: {}, cwd: dir })
  const log = pino({ level: 'silent' })
  const make = () => createNode({ config, network, account, seed, log, ...init })
  const made: TestMember = {
    node: await make(),
    async restart() {
      await made.node.stop()
      made.node = await make()
      await made.node.start()
    }
  }
  cleanup.add(() => made.node.stop())
  await made.node.start()
  return made
}
