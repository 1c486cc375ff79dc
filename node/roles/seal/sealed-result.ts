import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ResultManifest } from '../../../protocols/job/schema.ts'
import type { AbortOptions } from '../../components.ts'
import { SealBrokenError, type SealKey, seal, unseal } from '../../sealing/index.ts'
import { cidOfBytes, cidOfPath, importNowhere } from '../../storage/cid-of.ts'
import type { Storage } from '../../storage/storage.ts'
import type { PlainResult, ResultParts } from '../result-directory.ts'

const PARTS = ['stdout', 'stderr', 'outputs'] as const
const EXIT_CODE = 'exitCode'

/** Puts a result into the store as one sealed file; no part of it gets there in the plain. @param dir for what is made on the way */
export async function sealResult(
  storage: Pick<Storage, 'importPath'>,
  { stdout, stderr, outputsDir, exitCode }: PlainResult,
  key: SealKey,
  dir: string,
  options: AbortOptions = {}
): Promise<ResultParts> {
  const files = { stdout, stderr, ...(exitCode === undefined ? {} : { [EXIT_CODE]: Buffer.from(String(exitCode)) }) }
  const trees = [{ name: 'outputs', path: outputsDir }]
  for (const [name, bytes] of Object.entries(files)) {
    const path = join(dir, `result-${name}`)
    await writeFile(path, bytes, { mode: 0o600 })
    trees.push({ name, path })
  }
  const sealed = join(dir, 'result.age')
  await rm(sealed, { force: true })
  await seal(trees, sealed, key, options)
  const outputs = await importNowhere(outputsDir, options)
  return {
    stdout: await cidOfBytes(stdout, options),
    stderr: await cidOfBytes(stderr, options),
    outputs: outputs.cid,
    outputBytes: outputs.sizeBytes,
    result: (await storage.importPath(sealed, options)).cid
  }
}

/**
 * Opens a local sealed result into `dir` and checks every part against the manifest.
 *
 * @throws SealBrokenError, and the errors of Storage
 */
export async function openResult(
  storage: Pick<Storage, 'exportPath'>,
  manifest: ResultManifest,
  key: SealKey,
  dir: string,
  options: { maxBytes: number } & AbortOptions
): Promise<{ sizeBytes: number }> {
  const sealed = `${dir}.age`
  try {
    await rm(sealed, { recursive: true, force: true })
    const { sizeBytes } = await storage.exportPath(manifest.result, sealed, options)
    await unseal(sealed, dir, key, options)
    await checkParts(manifest, dir, options)
    return { sizeBytes }
  } finally {
    await rm(sealed, { recursive: true, force: true })
  }
}

async function checkParts(manifest: ResultManifest, dir: string, options: AbortOptions): Promise<void> {
  const { exitCode } = manifest
  const names: string[] = exitCode === undefined ? [...PARTS] : [...PARTS, EXIT_CODE]
  const found = await readdir(dir)
  if (found.length !== names.length || !names.every(name => found.includes(name))) throw wrongParts()
  for (const part of PARTS) {
    if (!(await cidOfPath(join(dir, part), options)).equals(manifest[part])) throw wrongParts()
  }
  if (exitCode !== undefined && (await readFile(join(dir, EXIT_CODE), 'utf8')) !== String(exitCode)) throw wrongParts()
}

const wrongParts = (): SealBrokenError =>
  new SealBrokenError(new Error('it does not consist of the parts that the manifest names'))
