import type { CID } from 'multiformats/cid'
import type { AbortOptions } from '../components.ts'
import type { Storage } from '../storage/storage.ts'

/**
 * The directory that a job's result is: `stdout`, `stderr`, `outputs/` and, when the program ended by itself, `exitCode`.
 * Both sides build it from the manifest's parts, so its CID cannot differ from them.
 */
export async function resultDirectory(
  storage: Storage,
  parts: { stdout: CID; stderr: CID; outputs: CID; exitCode: number | undefined },
  options: AbortOptions = {}
): Promise<CID> {
  const { stdout, stderr, outputs, exitCode } = parts
  const entries: Record<string, CID> = { stdout, stderr, outputs }
  if (exitCode !== undefined) {
    const text = new TextEncoder().encode(String(exitCode))
    entries['exitCode'] = (await storage.importBytes(text, options)).cid
  }
  return await storage.makeDirectory(entries, options)
}
