import { InvalidInputError } from '../common/errors.ts'
import { engineOf, isRepeatable, policyOf } from './derive.ts'
import { JOB_LIMITS, type JobSpec } from './schema.ts'

/** Where a container's own machinery lives: a mount there would hide it. */
const RESERVED_PATHS = ['/proc', '/sys', '/dev'] as const

interface Rule {
  /** the offending field and value when the rule is broken */
  broken(spec: JobSpec): { field: string; value: unknown } | undefined
  limit: string
  remedy: string
}

/** What no single field can show: checked for files and again for every specification that a peer sends. */
export const RULES: readonly Rule[] = [
  {
    limit: `at most ${JOB_LIMITS.envKeys} variables`,
    remedy: 'put the values into an input file',
    broken: ({ env }) => found(Object.keys(env).length > JOB_LIMITS.envKeys, 'env', Object.keys(env).length)
  },
  {
    limit: 'all text is well-formed Unicode',
    remedy: 'remove the lone surrogates',
    broken: spec => found(!allTexts(spec).every(t => t.isWellFormed()), 'job spec', 'text with a lone surrogate')
  },
  {
    limit: 'paths have no empty parts and stay out of /proc, /sys and /dev',
    remedy: 'choose a path such as /inputs/data or /outputs',
    broken: spec => {
      const path = pathsOf(spec).find(
        p => p.includes('//') || RESERVED_PATHS.some(r => p === r || p.startsWith(`${r}/`))
      )
      return found(path !== undefined, 'paths', path)
    }
  },
  {
    limit: 'no input or output path lies at or inside another',
    remedy: 'give each input and output a directory of its own',
    broken: spec => {
      const sorted = pathsOf(spec).sort((a, b) => (`${a}/` < `${b}/` ? -1 : 1))
      const clash = sorted.find((p, i) => i > 0 && `${p}/`.startsWith(`${sorted[i - 1]}/`))
      return found(clash !== undefined, 'paths', clash)
    }
  },
  {
    limit: 'output names are unique',
    remedy: 'rename one of the outputs',
    broken: ({ outputs }) => {
      const names = outputs.map(o => o.name)
      const twice = names.find((n, i) => names.indexOf(n) !== i)
      return found(twice !== undefined, 'outputs', twice)
    }
  },
  {
    limit: 'only docker jobs may use a network or GPUs',
    remedy: 'use engine docker, or network: none and no gpus',
    broken: spec =>
      found(
        engineOf(spec) !== 'docker' && (spec.network !== 'none' || spec.resources.gpus !== undefined),
        spec.network === 'none' ? 'resources.gpus' : 'network',
        spec.network === 'none' ? spec.resources.gpus : spec.network
      )
  },
  {
    limit: 'ports are 1 to 65535, and a host is named once',
    remedy: 'write host:port, such as example.org:443',
    broken: ({ network }) => {
      if (typeof network === 'string') return undefined
      const wrong = network.allow.find((a, i) => network.allow.indexOf(a) !== i || !validPort(a))
      return found(wrong !== undefined, 'network.allow', wrong)
    }
  },
  {
    limit: 'spot checks and committees need a job that repeats exactly: engine js or wasm',
    remedy:
      'use engine js or wasm, verify.policy: none, or replicas: a container may have those if its program repeats',
    broken: spec => {
      const { policy } = policyOf(spec)
      const isJudged = policy === 'spot' || policy === 'committee'
      return found(isJudged && !isRepeatable(engineOf(spec)), 'verify.policy', spec.verify.policy)
    }
  },
  {
    limit: 'replicas need a job that can come to the same twice: engine js, wasm or docker, no network, no GPU',
    remedy: 'use network: none and no gpus, or verify.policy: none',
    broken: spec => found(policyOf(spec).policy === 'replicas' && !mayRepeat(spec), 'verify.policy', spec.verify.policy)
  },
  {
    limit: 'replicas.min is more than half of n and at most n, so that only one result can reach it',
    remedy: 'for n: 3 write min: 2 or 3',
    broken: ({ verify: { policy } }) => {
      if (typeof policy === 'string' || !('replicas' in policy)) return undefined
      const { n, min } = policy.replicas
      return found(min > n || 2 * min <= n, 'verify.policy.replicas.min', min)
    }
  },
  {
    limit: 'version 2 names a module, and version 1 does not',
    remedy: 'leave version out',
    broken: ({ version, module }) => found((version === 2) !== (module !== undefined), 'version', version)
  }
]

/** @throws InvalidInputError for the first rule that the specification breaks */
export function checkRules(spec: JobSpec): void {
  for (const rule of RULES) {
    const fault = rule.broken(spec)
    if (fault === undefined) continue
    const { limit, remedy } = rule
    throw new InvalidInputError(`job spec: ${fault.field}: ${limit}`, { ...fault, limit, remedy })
  }
}

function found(broken: boolean, field: string, value: unknown): { field: string; value: unknown } | undefined {
  return broken ? { field, value } : undefined
}

const pathsOf = (spec: JobSpec): string[] => [...spec.inputs, ...spec.outputs].map(entry => entry.path)

function validPort(hostPort: string): boolean {
  const port = Number(hostPort.slice(hostPort.lastIndexOf(':') + 1))
  return port >= 1 && port <= 65_535
}

/** What a network or a GPU comes to is never compared byte by byte. */
function mayRepeat(spec: JobSpec): boolean {
  return engineOf(spec) !== 'noop' && spec.network === 'none' && spec.resources.gpus === undefined
}

function allTexts(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(allTexts)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return []
  return Object.entries(value).flatMap(([key, inner]) => [key, ...allTexts(inner)])
}
