import { basename } from 'node:path'
import type { Command } from 'commander'
import { InvalidInputError } from '../../../protocols/common/errors.ts'
import { aboutModule } from '../../../protocols/modules/about.ts'
import { checkWords } from '../../../protocols/modules/registry-index.ts'
import type { ModuleNameView, ModuleVersionView, PublishedView } from '../../http/views.ts'
import { type CommonOptions, contextOf, nodeCommand, print } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { findModule, targetOf } from '../find-module.ts'
import type { Io } from '../io.ts'
import { shareModule } from '../share-module.ts'
import { table } from '../text.ts'
import type { Finish } from './types.ts'

interface PublishOptions extends CommonOptions {
  name?: string
  as?: string
  description?: string
  licence?: string
}

interface YankOptions extends CommonOptions {
  undo?: boolean
}

interface ListOptions extends CommonOptions {
  limit?: string
}

export function publishCommand(io: Io, finish: Finish): Command {
  return nodeCommand('publish', 'put a version of a module into the registry of the network', [
    'dcn module publish ./my-module',
    'dcn module publish github.com/user/lilypad-module-x:v1.2.0 --name x --as 1.2.0 --licence MIT'
  ])
    .argument('<module>', 'folder, ipfs://CID or git address')
    .option('--name <name>', 'its name, where it has no module.yaml')
    .option('--as <version>', 'its version, where it has no module.yaml')
    .option('--description <text>', 'one line for "dcn module search" (default: that of module.yaml)')
    .option('--licence <licence>', 'such as MIT (default: that of module.yaml)')
    .action((module: string, options: PublishOptions) => finish(publishModule(module, options, io), options))
}

export function yankCommand(io: Io, finish: Finish): Command {
  return nodeCommand('yank', 'tell others not to take a version; who names it still gets it', [
    'dcn module yank my-module:1.0.0',
    'dcn module yank my-module:1.0.0 --undo'
  ])
    .argument('<version>', 'NAME:VERSION')
    .option('--undo', 'take it back')
    .action((version: string, options: YankOptions) => finish(yankModule(version, options, io), options))
}

export function searchCommand(io: Io, finish: Finish): Command {
  return nodeCommand('search', 'modules in the registry by a word in name or description', ['dcn module search words'])
    .argument('<text>', 'part of a name or description')
    .option('--limit <n>', 'at most so many, the newest names (default 200)')
    .action((text: string, options: ListOptions) => finish(listNames(text, options, io), options))
}

export function listCommand(io: Io, finish: Finish): Command {
  return nodeCommand('list', 'modules in the registry, or the versions of one', [
    'dcn module list',
    'dcn module list my-module'
  ])
    .argument('[name]', 'whose versions to list')
    .option('--limit <n>', 'at most so many, the newest (default 200)')
    .action((name: string | undefined, options: ListOptions) =>
      finish(name === undefined ? listNames('', options, io) : listVersions(name, options, io), options)
    )
}

export async function publishModule(text: string, options: PublishOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const target = await targetOf(text, io.cwd)
  if (target.kind === 'file') {
    throw new InvalidInputError(`${text} is no folder`, { field: 'module', value: text, remedy: 'name its folder' })
  }
  const module = await findModule(target, context.client, { signal: io.signal })
  const about = aboutModule(module.files, basename(module.name))
  const isOwn = about.system === undefined
  const name = options.name ?? (isOwn ? about.name : undefined)
  const version = (options.as ?? (isOwn ? about.version : undefined))?.replace(/^v(?=\d)/, '')
  if (name === undefined || version === undefined) {
    throw new InvalidInputError('a module without module.yaml needs a name and a version', {
      field: name === undefined ? 'name' : 'as',
      remedy: 'give them with --name and --as'
    })
  }
  checkWords({ name, version })
  const client = await context.client()
  if (!module.isFromNode) await shareModule(module, client, { signal: io.signal })
  const published = await client.publishModule({
    ...{ name, version, cid: module.pinned.cid },
    description: firstLine(options.description ?? about.description),
    licence: options.licence ?? about.licence ?? ''
  })
  print(context, published, () => publishedText(published))
  return EXIT.done
}

export async function yankModule(text: string, options: YankOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const [, name, version] = /^([^:]+):v?([^:]+)$/.exec(text) ?? []
  if (name === undefined || version === undefined) {
    throw new InvalidInputError('expected NAME:VERSION', {
      field: 'version',
      value: text,
      remedy: 'write for example cow:1.0.0'
    })
  }
  const client = await context.client()
  const yanked = await client.yankModule({ name, version, yanked: options.undo !== true })
  print(context, yanked, () => `${name}:${version} is ${yanked.yanked ? 'yanked' : 'no longer yanked'}\n`)
  return EXIT.done
}

export async function listNames(search: string, options: ListOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const found = await (await context.client()).modules({ search, limit: limitOf(options) }, { signal: io.signal })
  print(context, found, () => namesText(found))
  return EXIT.done
}

export async function listVersions(name: string, options: ListOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const all = await (await context.client()).moduleVersions(name, { signal: io.signal })
  const found = all.slice(0, limitOf(options))
  print(context, found, () => versionsText(found))
  return EXIT.done
}

const MAX_LISTED = 2000
const LISTED = 200

function limitOf({ limit }: ListOptions): number {
  const asked = limit === undefined ? LISTED : Number(limit)
  if (Number.isInteger(asked) && asked >= 1 && asked <= MAX_LISTED) return asked
  throw new InvalidInputError('--limit: expected a number', {
    field: 'limit',
    value: limit,
    limit: `1 to ${MAX_LISTED}`
  })
}

/** A module's own text may be longer than what a registry keeps. */
function firstLine(text = ''): string {
  let line = text.split('\n')[0]?.trim() ?? ''
  while (Buffer.byteLength(line) > DESCRIPTION_BYTES) line = line.slice(0, -1)
  return line.toWellFormed()
}
const DESCRIPTION_BYTES = 200

const publishedText = ({ name, version, cid, transaction }: PublishedView): string =>
  [
    `published ${name}:${version}`,
    `CID       ${cid}`,
    ...(transaction === undefined ? [] : [`sent      ${transaction}`]),
    `run it    dcn run ${name}:${version}`,
    ''
  ].join('\n')

const namesText = (found: readonly ModuleNameView[]): string =>
  table(
    ['NAME', 'VERSION', 'LICENCE', 'OWNER', 'MEANING'],
    found.map(({ name, owner, newest }) => [name, standing(newest), newest.licence, owner, newest.description]),
    'no modules'
  )

const versionsText = (found: readonly ModuleVersionView[]): string =>
  table(
    ['VERSION', 'PUBLISHED', 'LICENCE', 'CID'],
    found.map(v => [standing(v), new Date(v.publishedAt * 1000).toISOString().slice(0, 10), v.licence, v.cid]),
    'no versions'
  )

const standing = ({ version, yanked }: ModuleVersionView): string => (yanked ? `${version} (yanked)` : version)
