import assert from 'node:assert/strict'
import { join } from 'node:path'
import { pino } from 'pino'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { effectiveConfig } from '../../../node/config/load.ts'
import type { JobView } from '../../../node/http/views.ts'
import type { Journal } from '../../../node/journal/journal.ts'
import { sqliteJournal } from '../../../node/journal/sqlite-journal.ts'
import { createNode, type DcnNode, type NodeInit } from '../../../node/node.ts'
import type { NetworkDocument } from '../../../protocols/common/network-document.ts'
import type { Cleanup } from '../hosts.ts'
import { networkDocument } from '../owner.ts'

/** On a machine that does much else; the third of three replicas may have to ask again. */
const JOB_WAIT_MS = 55_000

export interface TestMember {
  node: DcnNode
  dataDir: string
  /** stops the node and starts it again with the same keys; in between its journal is as a crash may have left it */
  restart(crash?: (journal: Journal) => void, network?: NetworkDocument): Promise<void>
}

/** A network without a chain on this machine, whose nodes run noop jobs. */
export function chainlessNetwork(bootstrap: string[] = []): NetworkDocument {
  return networkDocument({ bootstrap })
}

/** A started node with all its parts, stopped by the cleanup. */
export async function member(
  cleanup: Cleanup,
  roles: string,
  network: NetworkDocument = chainlessNetwork(),
  more: Record<string, string> = {},
  init: Pick<NodeInit, 'aroundEngine' | 'hints' | 'clock'> & { seed?: Uint8Array } = {}
): Promise<TestMember> {
  const dir = await cleanup.dir()
  const account = privateKeyToAccount(generatePrivateKey())
  const { seed = crypto.getRandomValues(new Uint8Array(32)), ...rest } = init
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
  const make = (joined = network) => createNode({ config, network: joined, account, seed, log, ...rest })
  const made: TestMember = {
    node: await make(),
    dataDir: config.dataDir,
    async restart(crash, joined) {
      await made.node.stop()
      if (crash !== undefined) withJournal(join(config.dataDir, 'journal.db'), crash)
      made.node = await make(joined)
      await made.node.start()
    }
  }
  cleanup.add(() => made.node.stop())
  await made.node.start()
  return made
}

/** The job as soon as it is as wanted; what the node says of it when that takes too long. */
export async function jobThat({ api }: DcnNode, id: string, isSo: (view: JobView) => boolean): Promise<JobView> {
  const deadline = Date.now() + JOB_WAIT_MS
  for (;;) {
    const view = await api.job(id)
    assert.ok(view !== undefined)
    if (isSo(view)) return view
    if (Date.now() > deadline) assert.fail(JSON.stringify([view, await api.why(id)], null, 1))
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

function withJournal(path: string, work: (journal: Journal) => void): void {
  const journal = sqliteJournal({ path })
  journal.start()
  try {
    work(journal)
  } finally {
    journal.stop()
  }
}
