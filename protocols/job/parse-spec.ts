import { compact } from '../common/compact.ts'
import { parse } from '../common/parse.ts'
import { cidOf, readEngine } from './file-engine.ts'
import { type Fields, isMapping, mapping, refused, SPEC, sequence, textual } from './file-fields.ts'
import { readResources, readTimeout } from './file-resources.ts'
import { readVerify } from './file-verify.ts'
import { checkRules } from './rules.ts'
import { type EngineKind, JOB_LIMITS, type JobSpec, jobSpec } from './schema.ts'

/** The keys of a specification file, in the order of docs/jobs.md. */
export const SPEC_KEYS = [
  'version',
  'engine',
  'env',
  'inputs',
  'outputs',
  'resources',
  'network',
  'timeout',
  'timeoutMs',
  'verify',
  'retry',
  'private',
  'module'
] as const

/** Where a program leaves its results when the file does not say. */
const DEFAULT_OUTPUTS = [{ name: 'outputs', path: '/outputs' }]

/**
 * The normalised specification of a file's content (docs/jobs.md): defaults filled in, human quantities turned into
 * numbers, everything checked. The same meaning always gives the same specification and so the same CID.
 *
 * @param value what YAML or JSON decoded to
 * @throws InvalidInputError with the field, the value there, the limit and a remedy
 */
export function parseSpec(value: unknown): JobSpec {
  const fields = mapping(value, SPEC, SPEC_KEYS)
  const { kind, engine } = readEngine(fields['engine'])
  const spec = parse(
    jobSpec,
    {
      version: fields['version'] ?? (fields['module'] === undefined ? 1 : 2),
      engine,
      env: readEnv(fields['env']),
      inputs: readInputs(fields['inputs']),
      outputs: readOutputs(fields['outputs'], kind),
      resources: readResources(fields['resources']),
      network: readNetwork(fields['network']),
      timeoutMs: readTimeout(fields),
      verify: readVerify(fields['verify']),
      retry: fields['retry'] ?? 'safe',
      private: fields['private'] ?? false,
      ...(fields['module'] === undefined ? {} : { module: cidOf(fields['module'], 'module') })
    },
    SPEC
  )
  checkRules(spec)
  return compact(spec)
}

function readEnv(value: unknown): Fields {
  if (value === undefined) return {}
  if (!isMapping(value)) throw refused('env', value, 'not a mapping', 'write env: { KEY: "value" }')
  const env: Fields = {}
  for (const [key, inner] of Object.entries(value)) {
    // assigning it would change the object's prototype and lose the variable silently
    if (key === '__proto__') throw refused('env', key, 'a reserved name', 'rename the variable')
    env[key] = textual(inner, `env.${key.slice(0, 128)}`)
  }
  return env
}

function readInputs(value: unknown): Fields[] {
  return sequence(value ?? [], 'inputs', JOB_LIMITS.inputs).map((item, i) => {
    const at = `inputs.${i}`
    if (isMapping(item) && item['local'] !== undefined) {
      throw refused(
        `${at}.local`,
        item['local'],
        'a local path means nothing to a provider',
        'import it and give its cid'
      )
    }
    const fields = mapping(item, at, ['cid', 'path'])
    return { cid: cidOf(fields['cid'], `${at}.cid`), path: fields['path'] ?? `/inputs/${i}` }
  })
}

function readOutputs(value: unknown, kind: EngineKind): unknown[] {
  if (value === undefined) return kind === 'noop' ? [] : DEFAULT_OUTPUTS
  return sequence(value, 'outputs', JOB_LIMITS.outputs).map((item, i) =>
    mapping(item, `outputs.${i}`, ['name', 'path'])
  )
}

/** Host names do not depend on case, and the order of a list of allowed hosts means nothing. */
function readNetwork(value: unknown): unknown {
  if (value === undefined) return 'none'
  if (typeof value === 'string') return value
  const fields = mapping(value, 'network', ['allow'])
  const hosts = sequence(fields['allow'], 'network.allow', JOB_LIMITS.allowHosts)
  return { allow: hosts.map((h, i) => textual(h, `network.allow.${i}`).toLowerCase()).sort() }
}
