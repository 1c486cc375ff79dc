import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { messageOf } from '../../../protocols/common/errors.ts'
import type { ResultManifest } from '../../../protocols/job/schema.ts'
import type { AbortOptions } from '../../components.ts'
import { cidOfPath, cidsOfCopy } from '../../storage/cid-of.ts'
import type { ReceiptCheck } from './check.ts'

const PARTS = ['stdout', 'stderr', 'outputs'] as const
/** `255` and a line break are four characters. */
const EXIT_CODE_CHARS = 4

/**
 * Whether the files of a folder are the ones that the manifest names; stderr counts too, although no digest has it. Copies leave empty
 * directories out: those of the job's `outputs` may be there or not.
 */
export async function checkFiles(
  manifest: ResultManifest,
  outputs: readonly string[],
  folder: string,
  options: AbortOptions = {}
): Promise<ReceiptCheck[]> {
  const checks: ReceiptCheck[] = []
  for (const part of PARTS) {
    const cidsOf = (path: string) =>
      part === 'outputs' ? cidsOfCopy(path, outputs, options) : [cidOfPath(path, options)]
    checks.push(
      await checkPart(
        part,
        manifest[part].toString(),
        async () => await Promise.all(await cidsOf(join(folder, part))),
        options
      )
    )
  }
  if (manifest.exitCode !== undefined) checks.push(await checkExitCode(manifest.exitCode, folder))
  return checks
}

async function checkPart(
  part: string,
  wanted: string,
  cids: () => Promise<CID[]>,
  options: AbortOptions
): Promise<ReceiptCheck> {
  try {
    const found = (await cids()).map(String)
    const holds = found.includes(wanted)
    return { check: 'files', holds, detail: holds ? `${part} is ${wanted}` : `${part} is ${found[0]}, not ${wanted}` }
  } catch (error) {
    if (options.signal?.aborted === true) throw error
    return { check: 'files', holds: false, detail: `${part}: ${messageOf(error)}` }
  }
}

async function checkExitCode(wanted: number, folder: string): Promise<ReceiptCheck> {
  try {
    const found = (await readFile(join(folder, 'exitCode'), 'utf8')).slice(0, EXIT_CODE_CHARS).trim()
    const holds = found === String(wanted)
    return { check: 'files', holds, detail: holds ? `exitCode is ${wanted}` : `exitCode is ${found}, not ${wanted}` }
  } catch (error) {
    return { check: 'files', holds: false, detail: `exitCode: ${messageOf(error)}` }
  }
}
