import type { Command } from 'commander'
import type { JobSummary } from '../../http/views.ts'
import { type CommonOptions, contextOf, nodeCommand } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import type { Io } from '../io.ts'
import type { Finish } from './types.ts'

/** More than these nobody reads; all of them are told in a moment. */
const NEWEST = 200
/** A shell that waits for a node is worse than one that completes nothing. */
const PATIENCE_MS = 1_000

/** What a shell asks while somebody types; in no help. */
export function completeCommand(io: Io, finish: Finish): Command {
  return nodeCommand('__complete', 'words for the completion of a shell', ['dcn __complete jobs'])
    .argument('<what>', 'jobs')
    .action((what: string, options: CommonOptions) => finish(complete(what, options, io), options))
}

export async function complete(what: string, options: CommonOptions, io: Io): Promise<ExitCode> {
  if (what !== 'jobs') return EXIT.usage
  try {
    const client = await contextOf(io, options).client()
    const { jobs } = await client.jobList({ limit: NEWEST }, { signal: AbortSignal.timeout(PATIENCE_MS) })
    io.stdout.write(
      wordsOf(jobs)
        .map(word => `${word}\n`)
        .join('')
    )
  } catch {
    // no node, no words: an error would be printed into the line that is typed
  }
  return EXIT.done
}

/** Names come from anywhere: only those that need no quoting are offered. */
function wordsOf(jobs: readonly JobSummary[]): string[] {
  const words = jobs.flatMap(({ id, name, sweep }) => [sweep?.name, name, id])
  return [...new Set(words)].filter((word): word is string => word !== undefined && /^[\w.:-]+$/.test(word))
}
