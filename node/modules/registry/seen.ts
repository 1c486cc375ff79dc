import { UserError } from '../../../protocols/common/errors.ts'
import type { Journal } from '../../journal/journal.ts'
import type { ModuleVersion } from './registry.ts'

/** Somebody changed what cannot change: an endpoint lies, the contracts are others, or the network's owner broke the rule. */
export class ModuleChangedError extends UserError {
  constructor({ name, version, cid }: ModuleVersion, before: string) {
    super('ModuleChangedError', `${name}:${version} is another module than it was when this node first saw it`, {
      field: 'module',
      value: cid,
      limit: before,
      remedy: `do not run it: ask the network's owner. What it was runs as ipfs://${before}`
    })
  }
}

/** Remembers the CID of each version that this node has run or published. @throws ModuleChangedError */
export function checkSeen(
  journal: Pick<Journal, 'getValue' | 'setValue'>,
  network: string,
  found: ModuleVersion
): void {
  const key = `modules/seen/${network}/${found.name}:${found.version}`
  const before = journal.getValue<string>(key)
  if (before === undefined) journal.setValue(key, found.cid)
  else if (before !== found.cid) throw new ModuleChangedError(found, before)
}
