import type { InputType, ModuleInput } from '../../protocols/modules/definition.ts'
import type { ResolvedModule } from '../../protocols/modules/files.ts'
import { moduleKind } from '../../protocols/modules/make-job.ts'
import { prepareModule } from '../modules/prepare.ts'
import { checkJobFile } from './job-file.ts'

const SAMPLE: Readonly<Record<InputType, string>> = {
  string: 'text',
  integer: '1',
  number: '1',
  boolean: 'true',
  enum: '',
  file: 'sample',
  directory: 'sample',
  cid: 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
}

/** Makes the job of a `module.yaml` with sample values and checks it as if it were submitted. @throws what is wrong with it */
export async function checkOwnModule(module: ResolvedModule): Promise<void> {
  const kind = moduleKind(module.files)
  if (kind.kind !== 'own') return
  const given = new Map<string, string>()
  for (const [name, input] of kind.definition.inputs) {
    // nobody can guess a text for a pattern
    if (input.pattern !== undefined && input.default === undefined && input.required !== false) return
    if (input.default === undefined && input.pattern === undefined) given.set(name, sampleOf(input))
  }
  const { job, cleanUp } = await prepareModule(module, { given, cwd: '/' })
  await checkJobFile(job).finally(cleanUp)
}

const sampleOf = ({ type, values, minimum }: ModuleInput): string => values?.[0] ?? String(minimum ?? SAMPLE[type])
