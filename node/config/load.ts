import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { InvalidInputError } from '../../protocols/common/errors.ts'
import { nearest } from '../../protocols/common/nearest.ts'
import { checkTimeZone, hostTimeZone, parseSchedule } from '../schedule/parse.ts'
import { type ConfigFile, HOME_FILE, readConfigFile } from './config-file.ts'
import { absolute, convert } from './convert.ts'
import { explain, type GivenSetting } from './explain.ts'
import { envOf, flagOf, OPTIONS, type Option, optionByKey, valueAt } from './options.ts'
import { type Config, configSchema } from './schema.ts'

/** Variables of the client and secrets, which are no settings of the node. */
const OTHER_ENV = new Set([
  'DCN_CONFIG',
  'DCN_PASSPHRASE',
  'DCN_IMPORT_PASSPHRASE',
  'DCN_NODE',
  'DCN_TOKEN',
  'DCN_TOKEN_FILE'
])

/** Where a setting came from. */
export type Origin = 'flag' | 'env' | 'file' | 'default'

/** A setting with where it came from. */
export interface EffectiveValue {
  key: string
  /** undefined when nothing sets it */
  value: unknown
  origin: Origin
  /** the flag, variable or file that set it */
  from: string
}

/** The settings that a node runs with. */
export interface EffectiveConfig {
  config: Config
  /** path of the file that was read */
  file?: string
  values: EffectiveValue[]
  /** what looks like a mistake but harms nothing */
  warnings: string[]
}

/** Where settings are looked for, the strongest first. */
export interface ConfigSources {
  /** option key → text as typed; several values of a list already joined by commas */
  flags?: Record<string, string | undefined>
  env?: NodeJS.ProcessEnv
  /** path of a YAML file; the variable DCN_CONFIG stands in for it */
  file?: string | undefined
  /** without a named file, `node.yaml` of the data directory is read where it is there, as the commands do. @default false */
  homeFile?: boolean
  /** what relative paths in flags and variables start from. @default process.cwd() */
  cwd?: string
}

interface Given {
  value: unknown
  origin: Origin
  from: string
  base: string
}

/**
 * The configuration a node runs with, and where each value came from: flag, else variable, else file, else default.
 * The file is the named one, or with `homeFile` that of the data directory.
 *
 * @throws InvalidInputError with the key, its value and a remedy; TooLargeError; ConfigUnreadableError
 * @example
 * ```ts
 * const { config, warnings } = effectiveConfig({ flags: { roles: 'provider' }, env: process.env, file: 'node.yaml' })
 * ```
 */
export function effectiveConfig(sources: ConfigSources = {}): EffectiveConfig {
  const { flags = {}, env = {}, cwd = process.cwd() } = sources
  const named = sources.file ?? env['DCN_CONFIG']
  const isNamed = named !== undefined && named !== ''
  const file = isNamed ? readConfigFile(absolute(named, cwd)) : sources.homeFile && readHomeFile({ flags, env, cwd })
  const settings = OPTIONS.map(option => {
    const given = find(option, { flags, env, file: file || undefined, cwd })
    return { ...given, key: option.key, kind: option.kind, value: converted(option, given) }
  })
  const tree: Record<string, unknown> = {}
  for (const { key, value } of settings) place(tree, key, value)
  const config = checked(tree, settings)
  return {
    config,
    ...(file ? { file: file.path } : {}),
    values: settings.map(({ key, origin, from }) => ({ key, value: valueAt(config, key), origin, from })),
    warnings: [...envWarnings(env), ...configWarnings(config)]
  }
}

function converted({ key, kind }: Option, { value, from, base }: Given): unknown {
  if (value === undefined) return undefined
  try {
    return convert(kind, value, from, base)
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    const { message, limit, remedy } = error
    throw new InvalidInputError(message, {
      field: key,
      value: error.value,
      ...(limit === undefined ? {} : { limit }),
      ...(remedy === undefined ? {} : { remedy })
    })
  }
}

function checked(tree: Record<string, unknown>, settings: readonly GivenSetting[]): Config {
  const result = configSchema.safeParse(tree)
  if (!result.success) throw explain(result.error, settings)
  const { schedule, timeZone } = result.data
  if (timeZone !== undefined) checkTimeZone(timeZone)
  if (schedule !== undefined) parseSchedule(schedule, timeZone ?? hostTimeZone())
  return result.data
}

interface Places {
  flags: Record<string, string | undefined>
  env: NodeJS.ProcessEnv
  file: ConfigFile | undefined
  cwd: string
}

function find(option: Option, { flags, env, file, cwd }: Places): Given {
  const flag = flags[option.key]
  if (flag !== undefined) return { value: flag, origin: 'flag', from: `--${flagOf(option)}`, base: cwd }
  const name = envOf(option)
  const variable = env[name]
  // an empty variable is how shells and compose files say "not set"
  if (variable !== undefined && variable !== '') return { value: variable, origin: 'env', from: name, base: cwd }
  if (file?.values.has(option.key) === true) {
    return {
      value: file.values.get(option.key),
      origin: 'file',
      from: `${file.path}: ${option.key}`,
      base: dirname(file.path)
    }
  }
  return { value: option.fallback, origin: 'default', from: option.key, base: cwd }
}

/** The file that a data directory brings along. */
function readHomeFile({ flags, env, cwd }: Omit<Places, 'file'>): ConfigFile | undefined {
  const option = optionByKey.get('dataDir')
  if (option === undefined) return undefined
  const dataDir = absolute(String(find(option, { flags, env, file: undefined, cwd }).value), cwd)
  const path = join(dataDir, HOME_FILE)
  if (!existsSync(path)) return undefined
  const file = readConfigFile(path)
  const other = file.values.get('dataDir')
  if (typeof other === 'string' && absolute(other, dataDir) !== dataDir) {
    throw new InvalidInputError(`${path}: dataDir names another directory than the one that the file is in`, {
      field: 'dataDir',
      value: other,
      limit: dataDir,
      remedy: 'take the line out, or give the file with --config'
    })
  }
  return file
}

function place(tree: Record<string, unknown>, key: string, value: unknown): void {
  const [section, name] = key.split('.')
  if (section === undefined) return
  if (name === undefined) {
    if (value !== undefined) tree[section] = value
    return
  }
  const inner = (tree[section] ?? {}) as Record<string, unknown>
  if (value !== undefined) inner[name] = value
  tree[section] = inner
}

function envWarnings(env: NodeJS.ProcessEnv): string[] {
  const known = OPTIONS.map(envOf)
  return Object.keys(env)
    .filter(name => name.startsWith('DCN_') && !known.includes(name) && !OTHER_ENV.has(name))
    .map(name => {
      const meant = nearest(name, known)
      return `the variable ${name} is no setting${meant === undefined ? '' : `; did you mean ${meant}?`}`
    })
}

function configWarnings(config: Config): string[] {
  const loopback = /^(127\.|localhost$|::1$)/.test(config.http.host)
  return loopback
    ? []
    : [`the API listens on ${config.http.host}: whoever reaches it and has the token controls this node`]
}
