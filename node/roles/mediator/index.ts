import type { Resources } from '../../../protocols/job/schema.ts'
import type { MediatorState } from '../../../protocols/mediation/mediator-types.ts'
import type { Config } from '../../config/schema.ts'
import type { MachineRecord } from '../../journal/journal.ts'
import type { CourtClerk } from '../court-clerk.ts'
import type { SecondRuns } from '../second-run.ts'
import type { RoleParts } from '../shared.ts'
import { MEDIATOR_KIND, MediatorRole } from './mediator.ts'
import { Shelf } from './shelf.ts'
import { sourcesOf } from './sources.ts'

export interface MediatorParts extends RoleParts {
  clerk: CourtClerk
  secondRuns: SecondRuns
  /** peers that are connected now */
  connected(): string[]
  capacity: Pick<Resources, 'memoryBytes' | 'diskBytes'>
}

/** The judge's side of a node (docs/mediator.md). */
export function mediatorRole(
  config: Pick<Config, 'mediator' | 'drainSec'>,
  parts: MediatorParts,
  onDeal: (deal: MachineRecord<MediatorState>) => void
): MediatorRole {
  const { clerk, book, clock, journal, connected } = parts
  const init = { judgements: config.mediator.judgements, drainMs: config.drainSec * 1000 }
  return new MediatorRole(init, {
    ...parts,
    disputes: clerk,
    onMoved: deal => clerk.nudge(deal),
    sources: parties => sourcesOf(parties, book, clock.nowMs(), connected()),
    shelf: new Shelf(parts),
    onChange: state => {
      const record = journal.get<MediatorState>(MEDIATOR_KIND, state.dealId)
      if (record !== undefined) onDeal(record)
    }
  })
}
