import type { Command } from 'commander'
import { stringify } from 'yaml'
import type { BacalhauJob } from '../../../protocols/bacalhau/index.ts'
import { InvalidInputError } from '../../../protocols/common/errors.ts'
import { absolute } from '../../config/convert.ts'
import { parseVariables, readBacalhauFile } from '../bacalhau-file.ts'
import { command, contextOf, print } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import type { Io } from '../io.ts'
import { checkJobFile, readJobFile } from '../job-file.ts'
import { collect } from '../submit.ts'
import type { Finish } from './types.ts'

interface ConvertOptions {
  json?: boolean
  templateVar?: string[]
}

export function convertCommand(io: Io, finish: Finish): Command {
  return command('convert', 'print the job of another system in our form', [
    'dcn convert job.yaml > spec.yaml',
    'dcn convert job.yaml -V name=moo --json'
  ])
    .argument('<file>', 'job file of Bacalhau, YAML or JSON (docs/bacalhau.md)')
    .option('-V, --template-var <key=value>', 'variable of its template (repeatable)', collect)
    .action((file: string, options: ConvertOptions) => finish(convert(file, options, io), options))
}

/** What a file asks for, as `dcn run` would take it; what means less here is said beside it. */
export async function convert(file: string, options: ConvertOptions, io: Io): Promise<ExitCode> {
  const path = absolute(file, io.cwd)
  const job = await readBacalhauFile(path, parseVariables(options.templateVar))
  if (job === undefined) {
    // what is no YAML at all is told so
    await readJobFile(path)
    throw new InvalidInputError(`${file} is no job file of Bacalhau`, {
      field: 'file',
      value: file,
      remedy: 'a specification of ours needs no conversion; dcn module lint --write converts modules'
    })
  }
  const { name, type, count, requirements, preferences, notes } = job
  const spec = job.partition(0, count)
  await checkJobFile(spec)
  const asks = { ...(name === undefined ? {} : { name }), type, count, requirements, preferences, notes, spec }
  print(
    contextOf(io, options),
    asks,
    () =>
      `${comments(asks)
        .map(line => `# ${line}\n`)
        .join('')}${stringify(spec)}`
  )
  return EXIT.done
}

type Asked = Omit<BacalhauJob, 'partition'>

/** What has no place in a specification. */
function comments({ name, type, count, requirements, preferences, notes }: Asked): string[] {
  const flags = [
    ...(name === undefined ? [] : [`--name ${JSON.stringify(name)}`]),
    ...(count === 1 ? [] : [`--count ${count}`])
  ]
  const choices = [...requirements, ...preferences].length
  return [
    ...(flags.length === 0 ? [] : [`run it with: ${flags.join(' ')}`]),
    ...(type === 'ops' ? ['ops: dcn run of the file itself runs it on every provider that fits'] : []),
    ...(choices === 0
      ? []
      : ['its constraints hold when the file itself is run; here give --label KEY=VALUE or --allow']),
    ...notes
  ]
}
