import { writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type Command, Option } from 'commander'
import { InvalidInputError, messageOf, UserError } from '../../../protocols/common/errors.ts'
import { aboutModule, type LintReport, lintModule, type ModuleAbout } from '../../../protocols/modules/about.ts'
import type { ModuleInput } from '../../../protocols/modules/definition.ts'
import type { ResolvedModule } from '../../../protocols/modules/files.ts'
import { FOREIGN_SYSTEMS, type ForeignSystem } from '../../../protocols/modules/foreign/systems.ts'
import { checkOwnModule } from '../check-module.ts'
import { type CommonOptions, contextOf, nodeCommand, print } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { findModule, targetOf } from '../find-module.ts'
import type { Io } from '../io.ts'
import { clean, table } from '../text.ts'
import type { Finish } from './types.ts'

interface ModuleOptions extends CommonOptions {
  compat?: ForeignSystem
  write?: boolean
}

const compat = (): Option =>
  new Option('--compat <system>', 'the system whose template it is').choices([...FOREIGN_SYSTEMS])

export function showCommand(io: Io, finish: Finish): Command {
  return nodeCommand('show', 'what a module is and takes', ['dcn module show cowsay'])
    .argument('<module>', 'folder, ipfs://CID or name')
    .addOption(compat())
    .action((module: string, options: ModuleOptions) => finish(showModule(module, options, io), options))
}

export function lintCommand(io: Io, finish: Finish): Command {
  return nodeCommand('lint', 'what is wrong with a module, or only with some values', [
    'dcn module lint ./my-module',
    'dcn module lint ./lilypad-module-x --write'
  ])
    .argument('<module>', 'folder, ipfs://CID or name')
    .addOption(compat())
    .option('--write', 'write a template of another system as module.yaml beside it')
    .action((module: string, options: ModuleOptions) => finish(lint(module, options, io), options))
}

export async function showModule(text: string, options: ModuleOptions, io: Io): Promise<ExitCode> {
  const module = await resolve(text, options, io)
  const about = aboutModule(module.files, basename(module.name), options.compat)
  const { inputs, ...rest } = about
  const view = { ...rest, ...module.pinned, inputs: Object.fromEntries(inputs), usage: usageOf(text, inputs) }
  print(contextOf(io, options), view, () => describe(about, module, view.usage))
  return EXIT.done
}

export async function lint(text: string, options: ModuleOptions, io: Io): Promise<ExitCode> {
  const module = await resolve(text, options, io)
  const report = lintModule(module.files, basename(module.name), options.compat)
  if (report.system === undefined) await checkOwnModule(module)
  const written = options.write === true ? await write(text, report, io) : undefined
  const { rewritten, ...rest } = report
  const view = { ...rest, ...(rewritten === undefined ? {} : { moduleYaml: rewritten.yaml }), ...written }
  print(contextOf(io, options), view, () => findingsText(report, written?.written))
  return report.findings.some(f => f.severity === 'error') ? EXIT.failed : EXIT.done
}

async function resolve(text: string, options: ModuleOptions, io: Io): Promise<ResolvedModule> {
  const target = await targetOf(text, io.cwd)
  if (target.kind !== 'file') return await findModule(target, contextOf(io, options).client, { signal: io.signal })
  throw new InvalidInputError(`${text} is no folder`, {
    field: 'module',
    value: text,
    remedy: 'name the folder of the module'
  })
}

async function write(text: string, { rewritten }: LintReport, io: Io): Promise<{ written: string }> {
  const target = await targetOf(text, io.cwd)
  if (rewritten === undefined || target.kind !== 'folder') {
    const why =
      target.kind === 'folder' ? 'there is nothing to rewrite, or no way to' : `${text} is no folder of this machine`
    throw new InvalidInputError(`--write: ${why}`, { field: 'write', remedy: 'see the findings without --write' })
  }
  const path = join(target.path, 'module.yaml')
  try {
    // what is there was written by somebody
    await writeFile(path, rewritten.yaml, { flag: 'wx' })
    return { written: path }
  } catch (cause) {
    throw new UserError('TargetExistsError', `cannot write ${path}: ${messageOf(cause)}`, {
      field: 'write',
      value: path,
      remedy: 'remove it first'
    })
  }
}

function describe(about: ModuleAbout, module: ResolvedModule, usage: string): string {
  const { name, version, description, author, licence, system, inputs } = about
  const lines = [
    `${name}${version === undefined ? '' : ` ${version}`}${system === undefined ? '' : ` (a module of ${system})`}`,
    ...(description === undefined ? [] : [clean(description, true)]),
    `CID       ${module.pinned.cid}`,
    ...(author === undefined ? [] : [`author    ${clean(author)}`]),
    ...(licence === undefined ? [] : [`licence   ${clean(licence)}`])
  ]
  const rows = [...inputs].map(([key, input]) => [key, input.type, standing(input), input.description ?? ''])
  return `${lines.join('\n')}\n\n${table(['INPUT', 'TYPE', 'DEFAULT', 'MEANING'], rows, 'no inputs')}\n${clean(usage)}\n`
}

function standing({ default: value, required, values, minimum, maximum }: ModuleInput): string {
  const range = minimum === undefined && maximum === undefined ? '' : ` (${minimum ?? ''}..${maximum ?? ''})`
  const among = values === undefined ? '' : ` (${values.join(', ')})`
  const start = value === undefined ? (required === false ? 'optional' : 'required') : JSON.stringify(value)
  return `${start}${range}${among}`
}

function usageOf(text: string, inputs: ReadonlyMap<string, ModuleInput>): string {
  const wanted = [...inputs].filter(([, input]) => input.default === undefined && input.required !== false)
  const shown = wanted.length > 0 ? wanted : [...inputs].slice(0, 1)
  return [
    'dcn run',
    text,
    ...shown.map(([key, { default: value }]) => `-i ${key}=${value === undefined ? '…' : JSON.stringify(value)}`)
  ].join(' ')
}

function findingsText({ file, system, findings, rewritten }: LintReport, written: string | undefined): string {
  const head = `${file}${system === undefined ? '' : ` (${system})`}\n`
  const lines = findings.map(({ severity, line, when, what, fix }) => {
    const place = line === undefined ? '' : `line ${line}: `
    return `${severity.padEnd(8)}  ${place}${clean(what)} (when: ${clean(when)})\n          ${clean(fix, true)}\n`
  })
  const verdict = findings.length === 0 ? 'nothing wrong\n' : ''
  const next = rewritten === undefined || written !== undefined ? '' : 'as module.yaml: add --write\n'
  return head + lines.join('') + verdict + (written === undefined ? next : `written   ${written}\n`)
}
