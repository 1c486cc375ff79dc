import type { Command } from 'commander'
import { InvalidInputError } from '../../../../protocols/common/errors.ts'
import type { LogChunk } from '../../../http/api.ts'
import { toLogLine } from '../../../http/log-wire.ts'
import { type CommonOptions, contextOf, nodeCommand } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import { findJob } from '../../find-job.ts'
import { type FollowOptions, followJob } from '../../follow.ts'
import type { Io } from '../../io.ts'
import { type ProgressLine, progressLine } from '../../progress-line.ts'
import { transferText } from '../../transfer-text.ts'
import type { Finish } from '../types.ts'

interface LogsOptions extends CommonOptions {
  follow?: boolean
  replica?: string
}

export function logsCommand(io: Io, finish: Finish): Command {
  return nodeCommand('logs', "a job's output", ['dcn job logs 4f1c', 'dcn job logs 4f1c --follow'])
    .argument('<id>', 'id, its beginning, or the name of the job')
    .option('-f, --follow', 'wait for more until the job ends')
    .option('--replica <n>', 'of a job that runs at several providers: the output of this one, from 0 on')
    .action((id: string, options: LogsOptions) => finish(showLogs(id, options, io), options))
}

export async function showLogs(id: string, options: LogsOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const job = await findJob(client, id, { io })
  const line = progressLine(context)
  const onLog = (chunk: LogChunk): void => {
    line.clear()
    if (context.json) io.stdout.write(`${JSON.stringify({ event: 'log', ...toLogLine(chunk) })}\n`)
    else (chunk.stream === 'stdout' ? io.stdout : io.stderr).write(chunk.bytes)
  }
  const which = options.replica === undefined ? {} : { replica: replicaNumber(options.replica) }
  if (options.follow === true) {
    await followJob(job.id, { client: context.client, signal: io.signal, onLog, ...progressOf(line), ...which })
    return EXIT.done
  }
  for await (const chunk of client.logs(job.id, { signal: io.signal, ...which })) onLog(chunk)
  return EXIT.done
}

/** What is going on before the job says anything, on a terminal. */
function progressOf(line: ProgressLine): Pick<FollowOptions, 'onJob' | 'onTransfer'> {
  const textOf = transferText({ isLive: line.isLive })
  let provider: string | undefined
  return {
    onJob(job) {
      provider = job.provider
      line.clear()
    },
    onTransfer: transfer => line.isLive && line.show(textOf(transfer, provider))
  }
}

function replicaNumber(text: string): number {
  if (/^\d{1,2}$/.test(text)) return Number(text)
  throw new InvalidInputError('--replica: expected the number of a replica', {
    field: 'replica',
    value: text,
    remedy: 'take it from "dcn job show"'
  })
}
