import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteJournal } from '../../../../../node/journal/sqlite-journal.ts'
import type { JobMachinesComponents } from '../../../../../node/roles/creator/job-machines.ts'
import { replicaId } from '../../../../../node/roles/creator/replica-folders.ts'
import { GROUP_KIND, REPLICA_KIND, ReplicaGroups } from '../../../../../node/roles/creator/replica-groups.ts'
import { fromHex } from '../../../../../protocols/common/values.ts'
import type { CreatorState } from '../../../../../protocols/deal/creator-types.ts'
import { encodeManifest } from '../../../../../protocols/job/manifest.ts'
import { leaf } from '../../../../support/data/trees.ts'
import { creatorStart, toyAttempt, toyDelivery, toyResult, word } from '../../../../support/deal/builders.ts'
import { GROUP_EVENTS, held, sizedAfter } from '../../../../support/deal/group-cases.ts'

describe('roles/creator/replica-groups', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-groups-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  /** Deals that are counted against their providers when the third of three was outvoted and stands like this by then. */
  async function countedWith(third: Partial<CreatorState>): Promise<string[]> {
    const journal = sqliteJournal({ path: join(dir, 'journal.db') })
    journal.start()
    const counted: string[] = []
    const box = (i: number, digest: number) => held(i, digest, { committee: false, outcome: 'exited' })
    const group = sizedAfter({ engine: 'docker' }, GROUP_EVENTS.begun, box(0, 1), box(1, 1), box(2, 9))
    const write = (kind: string, id: string, state: object) =>
      journal.append({ kind, id, at: 0, event: {}, state, expectedVersion: 0, done: true })
    write(GROUP_KIND, group.jobId, group)
    const { state } = creatorStart({ jobId: replicaId(group.jobId, 2) })
    write(REPLICA_KIND, state.jobId, { ...state, ...third })
    const groups = new ReplicaGroups(
      {
        journal,
        jobsDir: dir,
        log: { debug: () => undefined, warn: () => undefined },
        clock: { nowMs: () => 0 },
        ranker: { passOver: (_account: string, deal: string) => counted.push(deal) }
      } as unknown as JobMachinesComponents,
      () => undefined
    )
    try {
      await groups.direct(group)
      return counted
    } finally {
      journal.stop()
    }
  }

  it('behavior: whoever was outvoted is counted, not the one that is asked after its deal came to nothing', async () => {
    const first = toyAttempt(1)
    const { cid } = leaf('forged')
    const manifest = encodeManifest({
      version: 1,
      deal: fromHex(first.dealId),
      spec: cid,
      provider: first.deal.provider,
      outcome: 'exited',
      exitCode: 0,
      stdout: cid,
      stderr: cid,
      outputs: cid,
      result: cid,
      digest: fromHex(word(9)),
      logRoot: new Uint8Array(32),
      usage: { wallMs: 1, cpuMs: 1, maxRssBytes: 1, inputBytes: 0, outputBytes: 0 },
      startedAt: 1,
      finishedAt: 2
    }).bytes
    const attempt = { ...first, delivery: { ...toyDelivery(first.dealId), manifest } }
    assert.deepEqual(await countedWith({ phase: 'settled', attempt, result: toyResult() }), [first.dealId])
    rmSync(dir, { recursive: true })
    assert.deepEqual(await countedWith({ phase: 'proposing', attempt: toyAttempt(2) }), [])
  })
})
