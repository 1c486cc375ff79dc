import type { CID } from 'multiformats/cid'
import type { AbortOptions } from '../components.ts'
import type { Storage } from '../storage/storage.ts'

/** What a run left on a disk. */
export interface PlainResult {
  stdout: Uint8Array
  stderr: Uint8Array
  outputsDir: string
  exitCode: number | undefined
}

/** The names of what came out. The digest is over the parts, which are named as they are, sealed or not. */
export interface ResultParts {
  stdout: CID
  stderr: CID
  outputs: CID
  /** what holds them all: a directory, or of a private job one sealed file */
  result: CID
  outputBytes: number
}

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

/** Puts what a run left into the store, and gives the CIDs of its parts and of the directory of them. */
export async function importResult(
  storage: Storage,
  { stdout, stderr, outputsDir, exitCode }: PlainResult,
  options: AbortOptions = {}
): Promise<ResultParts> {
  const [out, err, outputs] = await Promise.all([
    storage.importBytes(stdout, options),
    storage.importBytes(stderr, options),
    storage.importPath(outputsDir, options)
  ])
  const parts = { stdout: out.cid, stderr: err.cid, outputs: outputs.cid }
  const result = await resultDirectory(storage, { ...parts, exitCode }, options)
  return { ...parts, result, outputBytes: outputs.sizeBytes }
}
