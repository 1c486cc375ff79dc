import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import type { JobSpec } from '../../../protocols/job/schema.ts'
import type { AbortOptions } from '../../components.ts'
import { SealBrokenError, type SealKey, seal, unseal } from '../../sealing/index.ts'
import type { Storage } from '../../storage/storage.ts'

/** What an input is called inside its seal: its own name is nobody's business. */
const NAME = 'input'
/** Plain text on its way into a seal: removed at once, and whatever a crash left, at the next start. */
const SEALING_PREFIX = '.sealing-'

/** The same specification with each input replaced by the seal of what is local under its CID. */
export async function sealInputs(
  storage: Pick<Storage, 'exportPath' | 'importPath'>,
  spec: JobSpec,
  key: SealKey,
  workDir: string,
  options: AbortOptions = {}
): Promise<JobSpec> {
  await mkdir(workDir, { recursive: true })
  const dir = await mkdtemp(join(workDir, SEALING_PREFIX))
  try {
    const inputs: JobSpec['inputs'] = []
    for (const [i, { cid, path }] of spec.inputs.entries()) {
      const [plain, sealed] = [join(dir, `${i}`), join(dir, `${i}.age`)]
      await storage.exportPath(cid, plain, options)
      await seal([{ name: NAME, path: plain }], sealed, key, options)
      await rm(plain, { recursive: true })
      inputs.push({ cid: (await storage.importPath(sealed, options)).cid, path })
      await rm(sealed)
    }
    return { ...spec, inputs }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** Removes plain text that a crash left on its way into a seal. */
export async function sweepSealing(workDir: string): Promise<void> {
  const names = await readdir(workDir).catch(() => [])
  const left = names.filter(name => name.startsWith(SEALING_PREFIX))
  await Promise.all(left.map(name => rm(join(workDir, name), { recursive: true, force: true })))
}

/** Writes the input that is local under `cid` to `path`, opened. @throws SealBrokenError and the errors of Storage */
export async function openInput(
  storage: Pick<Storage, 'exportPath'>,
  cid: CID,
  path: string,
  key: SealKey,
  options: { maxBytes: number } & AbortOptions
): Promise<void> {
  const [sealed, opened] = [`${path}.age`, `${path}.opened`]
  try {
    await rm(sealed, { recursive: true, force: true })
    await storage.exportPath(cid, sealed, options)
    await unseal(sealed, opened, key, options)
    await rename(join(opened, NAME), path).catch(cause => {
      throw new SealBrokenError(cause)
    })
  } finally {
    await rm(sealed, { recursive: true, force: true })
    await rm(opened, { recursive: true, force: true })
  }
}
