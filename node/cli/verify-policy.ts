import { InvalidInputError } from '../../protocols/common/errors.ts'
import { isMapping } from '../../protocols/job/file-fields.ts'
import type { JobFile } from './job-file.ts'

export const VERIFY_HELP = 'how the result is checked: none, spot:5%, replicas:3 (or 3/2), committee:3 (docs/jobs.md)'

const REMEDY = 'write --verify none, --verify spot:5%, --verify replicas:3/2 or --verify committee:3'

/** The words of `--verify` in the form of a specification file; the bounds are those of a file. @throws InvalidInputError */
export function policyOf(text: string): unknown {
  const [name = '', given, ...rest] = text.split(':')
  const read = Object.hasOwn(POLICIES, name) && rest.length === 0 ? POLICIES[name] : undefined
  const policy = read?.(given)
  if (policy !== undefined) return policy
  throw new InvalidInputError('--verify: expected none, spot:PERCENT, replicas:N/MIN or committee:3', {
    field: 'verify',
    value: text,
    remedy: REMEDY
  })
}

const POLICIES: Record<string, (given: string | undefined) => unknown> = {
  none: given => (given === undefined ? 'none' : undefined),
  spot: given => (given ? { spot: shareOf(given) } : undefined),
  replicas: given => (given ? { replicas: replicasOf(given) } : undefined),
  committee: given => ({ committee: seatsOf(given ?? '3') })
}

/** In steps of 0.1 %: the rest of the check is that of a file. */
function shareOf(text: string): string {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1]
  if (percent !== undefined && Number(percent) >= 0.1 && Number(percent) <= 100) return text
  throw bad('expected a share of results', text, '0.1% to 100%', 'write --verify spot:5%')
}

/** `3/2`, or `3` for a majority of them. */
function replicasOf(text: string): { n: number; min?: number } {
  const [, n, min] = /^(\d{1,2})(?:\/(\d{1,2}))?$/.exec(text) ?? []
  if (n !== undefined && Number(n) >= 2 && Number(n) <= 15)
    return { n: Number(n), ...(min === undefined ? {} : { min: Number(min) }) }
  const remedy = 'write --verify replicas:3 or --verify replicas:3/2'
  throw bad('expected how many replicas, and how many of them must agree', text, '2 to 15 replicas', remedy)
}

/** The court draws three for the first round; appeals draw more. */
function seatsOf(text: string): number {
  if (text === '3') return 3
  throw bad('a committee has three seats', text, '3', 'write --verify committee:3; whoever loses may appeal to more')
}

function bad(what: string, value: string, limit: string, remedy: string): InvalidInputError {
  return new InvalidInputError(`--verify: ${what}`, { field: 'verify', value, limit, remedy })
}

/** A specification with the policy of a flag in place of its own. */
export function withPolicy(file: JobFile, flag: string | undefined): JobFile {
  if (flag === undefined) return file
  const verify = isMapping(file['verify']) ? file['verify'] : {}
  return { ...file, verify: { ...verify, policy: policyOf(flag) } }
}
