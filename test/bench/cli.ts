import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { JobList } from '../../node/api/job-list.ts'
import { apiServer } from '../../node/http/server.ts'
import { JOB_STATES, type JobView } from '../../node/http/views.ts'
import { sqliteJournal } from '../../node/journal/sqlite-journal.ts'
import { CREATOR_KIND } from '../../node/roles/creator/creator.ts'
import { memoryApi, PROVIDER } from '../unit/node/http/memory-api.ts'
import { exitOf } from './jobs.ts'
import { atMost, type Benchmark, figure, times } from './measure.ts'

const DCN = join(import.meta.dirname, '..', '..', 'dist', 'bin', 'dcn.mjs')
const STARTS = 15
const JOBS = 10_000
/** As much as the state of a job with a ranking and its certificate has. */
const STATE = { filler: 'x'.repeat(16 * 1024) }

/** How long a person waits for a word of `dcn`, beside the start of Node itself. */
export const cli: Benchmark = {
  name: 'cli',
  about: `dcn --help, and dcn job list with ${JOBS} jobs`,
  async run() {
    const dir = mkdtempSync(join(tmpdir(), 'dcn-bench-cli-'))
    const journal = sqliteJournal({ path: join(dir, 'journal.db') })
    journal.start()
    const list = new JobList({ journal, log: { warn: fail }, find: () => undefined })
    journal.transaction(() => fill(journal, list))
    const api = { ...memoryApi(), jobList: async (query: Parameters<JobList['list']>[0]) => list.list(query) }
    const server = apiServer({ dataDir: dir })({ api })
    await server.start()
    try {
      const start = (...args: string[]) => times(STARTS, () => exitOf(process.execPath, args))
      const baseline = { what: 'node -e 0', samples: await start('-e', '0') }
      const measured = async (metric: string, limitMs: number, ...args: string[]) =>
        figure({
          metric,
          unit: 'ms',
          samples: await start(DCN, ...args),
          baseline,
          target: atMost(limitMs, 'ms')
        })
      return [
        await measured('dcn --help', 150, '--help'),
        await measured('dcn job list --help', 150, 'job', 'list', '--help'),
        await measured(
          `dcn job list, the newest 20 of ${JOBS.toLocaleString('en')}`,
          300,
          'job',
          'list',
          '--data-dir',
          dir
        ),
        await measured(
          `dcn job list --all, ${JOBS.toLocaleString('en')} jobs`,
          300,
          'job',
          'list',
          '--all',
          '--data-dir',
          dir
        )
      ]
    } finally {
      await server.stop()
      journal.stop()
      rmSync(dir, { recursive: true, force: true })
    }
  }
}

function fail(): never {
  throw new Error('a job could not be listed')
}

function fill(journal: ReturnType<typeof sqliteJournal>, list: JobList): void {
  for (let i = 1; i <= JOBS; i++) {
    const id = `j${String(i).padStart(16, '0')}`
    const at = 1_700_000_000_000 + i
    journal.append({ kind: CREATOR_KIND, id, at, event: {}, state: STATE, expectedVersion: 0, done: true })
    const job: JobView = {
      id,
      seq: i,
      name: `night ${i}`,
      engine: 'js',
      state: JOB_STATES[i % JOB_STATES.length] ?? 'done',
      phases: [],
      provider: PROVIDER,
      price: '1176666666666667',
      outcome: 'exited',
      exitCode: 0,
      createdAt: at,
      updatedAt: at,
      transactions: []
    }
    list.note(job)
  }
}
