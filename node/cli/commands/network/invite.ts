import { open } from 'node:fs/promises'
import type { Command } from 'commander'
import { renderUnicodeCompact } from 'uqr'
import { UserError } from '../../../../protocols/common/errors.ts'
import { absolute } from '../../../config/convert.ts'
import { peersFile } from '../../../config/paths.ts'
import type { InviteView } from '../../../http/views.ts'
import { type CommonOptions, contextOf, nodeCommand, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Io } from '../../io.ts'
import type { Finish } from '../types.ts'
import { atHome, type RestingHome } from './home.ts'

interface InviteOptions extends CommonOptions {
  qr?: boolean
  file?: string
}

/** What a QR code holds as bytes with the weakest correction. */
const MAX_QR_CHARS = 2_953

export function inviteCommand(io: Io, finish: Finish): Command {
  return nodeCommand('invite', 'print the line that another host joins with', [
    'dcn network invite',
    'dcn network invite --qr',
    'dcn network invite --file lab.invite'
  ])
    .option('--qr', 'draw it as a QR code too, on stderr (default on a terminal)')
    .option('--no-qr', 'no QR code')
    .option('--file <file>', 'write the line into a new file that only its owner reads')
    .action((options: InviteOptions) => finish(invite(options, io), options))
}

export async function invite(options: InviteOptions, io: Io): Promise<ExitCode> {
  const made = await atHome(io, options, { running: client => client.invite(), resting: inviteOf })
  const file = options.file === undefined ? undefined : absolute(options.file, io.cwd)
  if (file !== undefined) await writeNew(file, `${made.invite}\n`)
  const context = contextOf(io, options)
  print(context, { ...made, ...(file === undefined ? {} : { file }) }, () =>
    file === undefined ? `${made.invite}\n` : ''
  )
  if (context.json) return EXIT.done
  if (options.qr ?? (io.isTty && file === undefined)) io.stderr.write(qrText(made.invite))
  io.stderr.write(notes(made, file))
  return EXIT.done
}

/** By an owner's node that does not run: who was met last, and what the document names. */
async function inviteOf({ dataDir, document, self }: RestingHome): Promise<InviteView> {
  const { KnownPeers } = await import('../../../network/known-peers.ts')
  const { inviteTo } = await import('../../../network/invitation.ts')
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
  const known = new KnownPeers({ path: peersFile(dataDir), self }, { clock: { nowMs: () => Date.now() }, log: silent })
  await known.start()
  const made = inviteTo(document, known.all())
  return { ...made, hints: [...document.bootstrap, ...made.hints] }
}

function notes({ hints }: InviteView, file: string | undefined): string {
  const secret = 'Whoever has this line can take part: send it where only its reader sees it.\n'
  const written = file === undefined ? '' : `written to ${file}\n`
  const lonely = 'warning: it names nobody who could be reached: start the node, then print it again\n'
  return `${written}${hints.length === 0 ? lonely : ''}${secret}`
}

/** Light modules are drawn, so that it reads on the dark background of a terminal and inverted on a light one. */
function qrText(line: string): string {
  if (line.length > MAX_QR_CHARS) return 'the invite is too long for a QR code\n'
  return `${renderUnicodeCompact(line, { ecc: 'L', border: 2 })}\n`
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(text)
    } finally {
      await file.close()
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new UserError('InvalidInputError', `cannot write ${path}: ${(error as Error).message}`, {
        field: 'file',
        value: path,
        remedy: 'choose another file'
      })
    }
    throw new UserError('OutputExistsError', `${path} is there already`, {
      field: 'file',
      value: path,
      remedy: 'choose another file; it may hold the secret of a network'
    })
  }
}
