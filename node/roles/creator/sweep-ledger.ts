import type { SweepMember } from '../../../protocols/deal/creator-types.ts'
import { SweepDiffersError } from '../../http/errors.ts'
import type { Journal } from '../../journal/journal.ts'

export interface SweepLedgerComponents {
  journal: Pick<Journal, 'getValue' | 'setValue' | 'transaction'>
  /** whether a job is in the journal */
  exists(jobId: string): boolean
}

/** What the first job of a group fixed. */
interface Group {
  plan: string
  jobId: string
}

/** A group's name has no space in it. */
const groupKey = (name: string): string => `sweep ${name}`
const memberKey = ({ name, index }: SweepMember): string => `sweep ${name} ${index}`

/**
 * Which jobs of which groups were submitted: each once, however often and at the same moment it is asked for. The note is written
 * before the job, so one that points at no job is what a crash left, and counts for nothing.
 */
export class SweepLedger {
  readonly #c: SweepLedgerComponents
  readonly #underWay = new Set<{ member: SweepMember; work: Promise<string> }>()

  constructor(components: SweepLedgerComponents) {
    this.#c = components
  }

  /**
   * The job that is this member of its group, submitted now if it is not there yet. Who asks for the same at the same moment waits,
   * and submits it himself where the other one fails.
   *
   * @param submit calls `note` with the id of the job right before this is in the journal, with nothing to wait for in between
   * @throws SweepDiffersError when another plan has jobs of this name
   */
  async once(member: SweepMember, submit: (note: (jobId: string) => void) => Promise<string>): Promise<string> {
    const { name, index, plan } = member
    for (;;) {
      const known = this.#find(member)
      if (known !== undefined) return known
      const rivals = [...this.#underWay].filter(
        ({ member: m }) => m.name === name && (m.index === index || m.plan !== plan)
      )
      if (rivals.length === 0) break
      await Promise.race(rivals.map(({ work }) => work.catch(() => undefined)))
    }
    const entry = { member, work: submit(jobId => this.#note(member, jobId)) }
    this.#underWay.add(entry)
    return await entry.work.finally(() => this.#underWay.delete(entry))
  }

  #find(member: SweepMember): string | undefined {
    const { journal, exists } = this.#c
    const group = journal.getValue<Group>(groupKey(member.name))
    if (group === undefined || !exists(group.jobId)) return undefined
    if (group.plan !== member.plan) throw new SweepDiffersError(member.name)
    const jobId = journal.getValue<string>(memberKey(member))
    return jobId !== undefined && exists(jobId) ? jobId : undefined
  }

  #note(member: SweepMember, jobId: string): void {
    const { journal, exists } = this.#c
    const { name, plan } = member
    // it comes to the disk with the job
    journal.transaction(
      () => {
        const group = journal.getValue<Group>(groupKey(name))
        if (group === undefined || !exists(group.jobId)) journal.setValue(groupKey(name), { plan, jobId })
        journal.setValue(memberKey(member), jobId)
      },
      { lazy: true }
    )
  }
}
