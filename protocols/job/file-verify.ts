import { parsePercent } from '../common/units.ts'
import { expected, type Fields, mapping, refused, sequence } from './file-fields.ts'

/** What a result digest can cover, in the order in which it is written. */
export const INCLUDABLE = ['exitCode', 'stdout', 'outputs'] as const
const POLICIES = ['spot', 'spotPerMille', 'replicas', 'committee'] as const

export function readVerify(value: unknown): Fields {
  const fields = mapping(value ?? {}, 'verify', ['policy', 'include'])
  return { policy: readPolicy(fields['policy'] ?? 'none'), include: readInclude(fields['include']) }
}

function readPolicy(value: unknown): unknown {
  if (value === 'none') return 'none'
  const at = 'verify.policy'
  const fields = mapping(value, at, POLICIES)
  const [name, ...others] = POLICIES.filter(p => fields[p] !== undefined)
  if (name === undefined || others.length > 0) throw expected(at, value, 'none or one of spot, replicas, committee')
  switch (name) {
    case 'spot':
      return { spotPerMille: parsePercent(fields['spot'], `${at}.spot`) }
    case 'replicas':
      return { replicas: readReplicas(fields['replicas'], `${at}.replicas`) }
    default:
      return { [name]: fields[name] }
  }
}

function readReplicas(value: unknown, at: string): Fields {
  const { n, min } = mapping(value, at, ['n', 'min'])
  if (typeof n !== 'number' || !Number.isSafeInteger(n))
    throw expected(`${at}.n`, n, 'a whole number of replicas, 2 to 15')
  return { n, min: min ?? Math.floor(n / 2) + 1 }
}

/** Any order in the file, one order in the specification: two files that mean the same have one CID. */
function readInclude(value: unknown): string[] {
  if (value === undefined) return [...INCLUDABLE]
  const at = 'verify.include'
  const names = sequence(value, at, INCLUDABLE.length)
  const wrong = names.find(n => !INCLUDABLE.some(i => i === n))
  if (wrong !== undefined) throw expected(at, wrong, `a list of ${INCLUDABLE.join(', ')}`)
  if (new Set(names).size !== names.length) throw refused(at, names, 'a name appears twice', 'name each part once')
  return INCLUDABLE.filter(i => names.includes(i))
}
