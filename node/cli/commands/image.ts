import type { Command } from 'commander'
import { InternalError } from '../../../protocols/common/errors.ts'
import type { PushEvent, SharedImageView } from '../../http/views.ts'
import { type CommonOptions, contextOf, nodeCommand, print } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import type { Io } from '../io.ts'
import { progressLine } from '../progress-line.ts'
import { size, table, when } from '../text.ts'
import type { Finish } from './types.ts'

export function pushCommand(io: Io, finish: Finish): Command {
  return nodeCommand('push', 'share an image of the local Docker engine by CID', ['dcn image push my-tool:1'])
    .argument('<name>', 'as the engine knows it')
    .action((name: string, options: CommonOptions) => finish(pushImage(name, options, io), options))
}

export function listCommand(io: Io, finish: Finish): Command {
  return nodeCommand('list', 'images that the node shares', ['dcn image list']).action((options: CommonOptions) =>
    finish(listImages(options, io), options)
  )
}

export function removeCommand(io: Io, finish: Finish): Command {
  return nodeCommand('remove', 'share an image no longer', ['dcn image remove bafy…'])
    .argument('<cid>', 'as "dcn image list" shows it')
    .action((cid: string, options: CommonOptions) => finish(removeImage(cid, options, io), options))
}

export async function pushImage(name: string, options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const line = progressLine(context)
  let image: SharedImageView | undefined
  for await (const event of await client.pushImage(name)) {
    if (event.type === 'image') image = event.image
    else line.show(progress(event))
  }
  line.clear()
  if (image === undefined) throw new InternalError('the node pushed an image and did not say which')
  const { cid, sizeBytes, newBytes } = image
  print(
    context,
    image,
    () => `ipfs://${cid}\n${size(sizeBytes)}, of which ${size(newBytes)} were not in the store yet\n`
  )
  return EXIT.done
}

function progress({ step, doneBytes, totalBytes }: Extract<PushEvent, { type: 'progress' }>): string {
  const of = totalBytes === undefined ? '' : ` of ${size(totalBytes)}`
  return `${step} ${size(doneBytes)}${of}`
}

export async function listImages(options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const images = await (await context.client()).images()
  const headings = ['IMAGE', 'NAME', 'SIZE', 'LAYERS', 'PUSHED']
  print(context, images, () => table(headings, images.map(row), 'no images; share one with: dcn image push NAME'))
  return EXIT.done
}

const row = ({ cid, name, sizeBytes, layers, pushedAt }: SharedImageView): string[] => [
  `ipfs://${cid}`,
  name,
  size(sizeBytes),
  String(layers),
  when(pushedAt)
]

export async function removeImage(cid: string, options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const bare = cid.replace(/^ipfs:\/\//, '')
  await (await context.client()).removeImage(bare)
  print(context, { removed: bare }, () => `${bare} is not shared any more\n`)
  return EXIT.done
}
