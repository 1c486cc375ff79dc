import type { Log } from '../components.ts'
import type { JobListQuery } from '../http/api.ts'
import { isEnd, type JobList as JobListView, type JobSummary, type JobView, jobSummary } from '../http/views.ts'
import type { Journal } from '../journal/journal.ts'
import { CREATOR_KIND, type JobRecord } from '../roles/creator/creator.ts'
import { GROUP_KIND } from '../roles/creator/replica-groups.ts'
import { viewOfJob } from './job-view.ts'

const LIMIT = 100

export interface JobListComponents {
  journal: Pick<Journal, 'setSummary' | 'summaries' | 'unsummarized'>
  find(id: string): JobRecord | undefined
  log: Pick<Log, 'warn'>
}

/**
 * The jobs of this node in short: a job's state has tens of kilobytes, of which a list shows some hundred bytes, so these are kept
 * beside it and read without it.
 */
export class JobList {
  readonly #c: JobListComponents

  constructor(components: JobListComponents) {
    this.#c = components
  }

  /** Makes up for what a crash, or a version without summaries, left out. */
  start(): void {
    const { journal, find } = this.#c
    for (const kind of [CREATOR_KIND, GROUP_KIND]) {
      for (const id of journal.unsummarized(kind)) {
        const job = find(id)
        if (job !== undefined) this.note(viewOfJob(job))
      }
    }
  }

  /** A job has changed. */
  note(job: JobView): void {
    const { seq, state, name, sweep, createdAt } = job
    const summary = {
      done: isEnd(state),
      createdAt,
      state,
      ...(name === undefined ? {} : { name }),
      ...(sweep === undefined ? {} : { sweep: sweep.name }),
      view: JSON.stringify(jobSummary.parse(job))
    }
    try {
      this.#c.journal.setSummary(seq, summary)
    } catch (error) {
      // a full disk must not hold up the job: the next change or start writes it
      this.#c.log.warn({ job: job.id, error }, 'the list of jobs is behind')
    }
  }

  /** Newest first. */
  list({ limit = LIMIT, ...query }: JobListQuery): JobListView {
    const { total, views } = this.#c.journal.summaries({ limit, ...query })
    return { total, jobs: views.map(view => JSON.parse(view) as JobSummary) }
  }
}
