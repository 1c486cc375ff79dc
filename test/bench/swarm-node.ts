import { tmpdir } from 'node:os'
import { pino } from 'pino'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { effectiveConfig } from '../../node/config/load.ts'
import { createNode, type DcnNode } from '../../node/node.ts'
import { chainlessNetwork } from '../support/deal/nodes.ts'

/** A started node of a network without a chain: no Docker, no containers, room for any number of no-op jobs. */
export async function startSwarmNode(dataDir: string, roles: string, bootstrap: string[]): Promise<DcnNode> {
  const flags = {
    roles,
    dataDir,
    listen: '/ip4/127.0.0.1/tcp/0',
    'http.port': '0',
    engines: 'noop',
    'capacity.cpuMillis': '64',
    'capacity.memoryBytes': '64GiB',
    'capacity.diskBytes': '64GiB',
    'offer.jobs': '64',
    drainSec: '0',
    insecureDevKeys: 'true'
  }
  const node = await createNode({
    config: effectiveConfig({ flags, env: {}, cwd: tmpdir() }).config,
    network: chainlessNetwork(bootstrap),
    account: privateKeyToAccount(generatePrivateKey()),
    seed: crypto.getRandomValues(new Uint8Array(32)),
    log: pino({ level: 'silent' })
  })
  await node.start()
  return node
}
