import type { SandboxChannel } from '../sandbox/channel.ts'
import { BadPathError, OutputLedger, QuotaError } from '../sandbox/ledger.ts'
import type { SandboxEnd, WasmRun } from '../sandbox/messages.ts'
import type { Collected } from './guest/collect.ts'

/** Names that were left out are told on stderr, the first few. */
const MAX_SKIPPED = 20

/**
 * Sends the node what the program left, as `next` hands it out. Names that no output may have are left out, as with a container.
 *
 * @returns an end that takes the place of the program's own: more was there than the job may leave
 */
export async function sendOutputs(
  channel: SandboxChannel,
  job: Pick<WasmRun, 'outputs' | 'diskBytes'>,
  next: () => Promise<Collected | undefined>
): Promise<SandboxEnd | undefined> {
  const ledger = new OutputLedger(job.outputs, job.diskBytes)
  let skipped = 0
  const skip = (path: string, why: string) => {
    skipped += 1
    const line = `output left out: ${JSON.stringify(path.slice(0, 200))}: ${why}\n`
    if (skipped <= MAX_SKIPPED) channel.log('stderr', Buffer.from(line))
  }
  for (let found = await next(); found !== undefined; found = await next()) {
    try {
      if (found.kind === 'skipped') skip(found.path, found.why)
      else await send(channel, ledger, found)
    } catch (error) {
      if (error instanceof QuotaError) return { type: 'end', status: 'disk-full', reason: error.message }
      if (!(error instanceof BadPathError)) throw error
      skip(found.path, error.message)
    }
  }
  return undefined
}

async function send(
  channel: SandboxChannel,
  ledger: OutputLedger,
  found: Exclude<Collected, { kind: 'skipped' }>
): Promise<void> {
  if (found.kind === 'dir') {
    ledger.directory(found.path)
    return await channel.mkdir(found.path)
  }
  ledger.write(found.path, found.bytes.byteLength, found.append)
  await channel.write(found.path, new Uint8Array(found.bytes), found.append)
}
