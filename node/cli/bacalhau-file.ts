import { basename, dirname } from 'node:path'
import {
  type BacalhauJob,
  bacalhauForm,
  type Candidate,
  choose,
  fillTemplate,
  misspeltForm,
  readBacalhau
} from '../../protocols/bacalhau/index.ts'
import { InvalidInputError } from '../../protocols/common/errors.ts'
import { parseYaml } from '../../protocols/job/parse-spec-text.ts'
import { FILE_MAX_BYTES, type JobFile, localTo, readJobFile } from './job-file.ts'
import { readNamedText } from './read-file.ts'

/** `-V key=value`, as those users type it. @throws InvalidInputError */
export function parseVariables(list: readonly string[] = []): Record<string, string> {
  const pairs = list.map(text => {
    const at = text.indexOf('=')
    if (at >= 1) return [text.slice(0, at), text.slice(at + 1)] as const
    throw new InvalidInputError('--template-var: expected key=value', {
      field: 'template-var',
      value: text,
      remedy: 'write for example -V name=moo'
    })
  })
  return Object.fromEntries(pairs)
}

/**
 * Reads a job file of Bacalhau; undefined for a specification of ours, which is no template.
 *
 * @throws NotConvertibleError, TemplateError, InvalidInputError, TooLargeError
 */
export async function readBacalhauFile(
  path: string,
  variables: Readonly<Record<string, string>>
): Promise<BacalhauJob | undefined> {
  const source = await readNamedText(path, { maxBytes: FILE_MAX_BYTES })
  const hasVariables = Object.keys(variables).length > 0
  const plain = parsed(source, path)
  // a template need not be YAML before it is filled in; what is neither is told by whoever reads specifications
  const isTheirs = plain === undefined ? LOOKS_LIKE_THEIRS.test(source) : bacalhauForm(plain) !== undefined
  if (!isTheirs) checkForm(plain, path)
  if (!isTheirs && !hasVariables) return undefined
  const value = isTheirs ? parseYaml(fillTemplate(source, variables), path) : plain
  if (bacalhauForm(value) === undefined) {
    throw new InvalidInputError(`--template-var: ${path} is no job file of Bacalhau`, {
      field: 'template-var',
      limit: 'Tasks, or APIVersion and Spec',
      remedy:
        'such a file has Tasks (the old form APIVersion and Spec); without them leave -V out, and give inputs of a module with -i'
    })
  }
  const job = readBacalhau(value)
  const base = dirname(path)
  return { ...job, partition: (index, of) => localTo(job.partition(index, of), base) }
}

/**
 * A specification of ours, for commands that take no other: a job file of Bacalhau would be refused by the first key that ours have not.
 *
 * @throws InvalidInputError, TooLargeError
 */
export async function readOwnJobFile(path: string): Promise<JobFile> {
  const file = await readJobFile(path)
  if (bacalhauForm(file) === undefined) return file
  throw new InvalidInputError(`${path} is a job file of Bacalhau`, {
    field: 'file',
    value: path,
    limit: 'a specification of ours (docs/jobs.md)',
    remedy: `convert it first: dcn convert ${basename(path)} > spec.yaml`
  })
}

/** A misspelt `Tasks` would be told as the first key that a specification of ours has not, which is another one. */
function checkForm(value: unknown, path: string): void {
  const { key, meant } = misspeltForm(value) ?? {}
  if (key === undefined) return
  throw new InvalidInputError(`${path}: unknown key "${key}", did you mean "${meant}"?`, {
    field: key,
    value: key,
    limit: 'Tasks, or APIVersion and Spec',
    remedy: `write "${meant}" instead of "${key}", as a job file of Bacalhau has it; a specification of ours has an engine (docs/jobs.md)`
  })
}

const LOOKS_LIKE_THEIRS = /(^|[{,\s])["']?(tasks|apiversion)["']?\s*:/im

function parsed(source: string, path: string): unknown {
  try {
    return parseYaml(source, path)
  } catch {
    return undefined
  }
}

/** What the market says of providers, in the words of selectors. */
export interface Market {
  /** accounts in the order of the ranking */
  ranked: readonly string[]
  offers: readonly { account: string; arch: string; labels: Readonly<Record<string, string>> }[]
}

/**
 * Accounts that a job's constraints leave, in the order of the ranking; undefined where it has none.
 *
 * @throws InvalidInputError when nobody is left
 */
export function allowedBy({ requirements, preferences }: BacalhauJob, market: Market): string[] | undefined {
  if (requirements.length === 0 && preferences.length === 0) return undefined
  const accounts = choose(candidatesOf(market), requirements, preferences)
  if (accounts.length > 0) return accounts
  throw new InvalidInputError(`Constraints: none of ${market.ranked.length} providers fits`, {
    field: 'Constraints',
    value: requirements.map(({ key, operator, values }) => `${key} ${operator} ${values.join(',')}`.trim()).join('; '),
    limit: 'labels, Architecture and Operating-System of a provider',
    remedy: 'see what providers say of themselves with: dcn offers --json'
  })
}

/** Every provider that could run the job: those that an ops job runs on. */
export function candidatesOf({ ranked, offers }: Market): Candidate[] {
  return [...new Set(ranked)].map(account => {
    const offer = offers.find(o => o.account === account)
    const own = { Architecture: offer?.arch ?? 'unknown', 'Operating-System': 'linux' }
    return { account, labels: { ...own, ...offer?.labels } }
  })
}
