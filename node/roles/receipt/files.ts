import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../../protocols/common/errors.ts'
import type { ResultManifest } from '../../../protocols/job/schema.ts'
import type { AbortOptions } from '../../components.ts'
import { cidOfPath } from '../../storage/cid-of.ts'
import type { ReceiptCheck } from './check.ts'

const PARTS = ['stdout', 'stderr', 'outputs'] as const
/** `255` and a line break are four characters. */
const EXIT_CODE_CHARS = 4

/** Whether the files of a folder are the ones that the manifest names; stderr counts too, although no digest has it. */
export async function checkFiles(
  manifest: ResultManifest,
  folder: string,
  options: AbortOptions = {}
): Promise<ReceiptCheck[]> {
  const checks: ReceiptCheck[] = []
  for (const part of PARTS) checks.push(await checkPart(part, manifest[part].toString(), folder, options))
  if (manifest.exitCode !== undefined) checks.push(await checkExitCode(manifest.exitCode, folder))
  return checks
}

async function checkPart(part: string, wanted: string, folder: string, options: AbortOptions): Promise<ReceiptCheck> {
  try {
    const found = (await cidOfPath(join(folder, part), options)).toString()
    const holds = found === wanted
    return { check: 'files', holds, detail: holds ? `${part} is ${wanted}` : `${part} is ${found}, not ${wanted}` }
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
