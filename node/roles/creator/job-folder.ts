import { lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { stringify } from 'yaml'
import type { Attempt, CreatorState, JobResult } from '../../../protocols/deal/creator-types.ts'
import { decodeSpec } from '../../../protocols/job/encode-spec.ts'
import type { ResultManifest } from '../../../protocols/job/schema.ts'
import { specToFile } from '../../../protocols/job/spec-file.ts'
import type { AbortOptions } from '../../components.ts'
import type { SettlementDomain } from '../../settlement/settlement.ts'
import type { Storage } from '../../storage/storage.ts'
import { plainJson } from '../plain-json.ts'
import { receiptText } from '../receipt/receipt.ts'
import { openResult } from '../seal/sealed-result.ts'

/** Files listed in a job's view; a larger result is still complete on disk. */
const MAX_LISTED = 1_000

/** What this node keeps beside the result of a job, of a replica of it, or of its second run. */
const OURS = /^(replicas\/\d+\/|check\/)?\.(log|incoming)/

/** Other runs of the same job. */
const BESIDE = /^(replicas\/\d+|check)\//

/** `jobs/<id>/` as the user finds it: spec.yaml, deal.json, receipt.json, stdout, stderr, exitCode, outputs/… */
export function jobFolder(jobsDir: string, jobId: string): { root: string; log: string; incoming: string } {
  const root = join(jobsDir, jobId)
  return { root, log: join(root, '.log'), incoming: join(root, '.incoming') }
}

/** Written at submit, so that a job's folder says what was asked before anything comes back. */
export async function writeSpec(jobsDir: string, jobId: string, specBytes: Uint8Array): Promise<void> {
  const { root } = jobFolder(jobsDir, jobId)
  await mkdir(root, { recursive: true, mode: 0o700 })
  await writeFile(join(root, 'spec.yaml'), stringify(specToFile(decodeSpec(specBytes))), { mode: 0o600 })
}

/** Puts a fetched result directory and the signed papers in place. May be repeated. */
export async function writeResult(
  storage: Storage,
  jobsDir: string,
  state: CreatorState,
  attempt: Attempt,
  manifest: ResultManifest,
  options: AbortOptions & { maxBytes: number }
): Promise<JobResult> {
  const { root, incoming } = jobFolder(jobsDir, state.jobId)
  await mkdir(root, { recursive: true, mode: 0o700 })
  await rm(incoming, { recursive: true, force: true })
  const { sizeBytes } =
    state.sealKey === undefined
      ? await storage.exportPath(manifest.result, incoming, options)
      : await openResult(storage, manifest, state.sealKey, incoming, options)
  for (const name of await readdir(incoming)) {
    await rm(join(root, name), { recursive: true, force: true })
    await rename(join(incoming, name), join(root, name))
  }
  await rm(incoming, { recursive: true, force: true })
  const { deal, dealId, creatorSignature, providerSignature } = attempt
  const papers = { id: dealId, deal, creatorSignature, providerSignature }
  await writeFile(join(root, 'deal.json'), plainJson(papers), { mode: 0o600 })
  return {
    dir: root,
    files: await listFiles(root),
    sizeBytes,
    outcome: manifest.outcome,
    ...(manifest.exitCode === undefined ? {} : { exitCode: manifest.exitCode }),
    resultCid: manifest.result.toString()
  }
}

/** Writes receipt.json: at first the provider's word, with the creator's signature once it has accepted. May be repeated. */
export async function writeReceipt(
  jobsDir: string,
  { jobId, specBytes, attempt }: Pick<CreatorState, 'jobId' | 'specBytes' | 'attempt'>,
  domain: SettlementDomain
): Promise<void> {
  const text = attempt === undefined ? undefined : receiptText(domain, attempt, specBytes)
  if (text === undefined) return
  const { root } = jobFolder(jobsDir, jobId)
  await mkdir(root, { recursive: true, mode: 0o700 })
  await writeFile(join(root, 'receipt.json'), text, { mode: 0o600 })
}

/**
 * Relative paths of regular files below a job's folder, dot-files of ours left out, each part in byte order: the job's own come before
 * those of its other runs, or one provider that was outvoted with many files would keep the result of the others out of the list.
 *
 * @param isShown of those that other runs brought
 */
export async function listFiles(
  root: string,
  { max = MAX_LISTED, isShown = () => true }: { max?: number; isShown?: (path: string) => boolean } = {}
): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries.filter(e => e.isFile()).map(e => relative(root, join(e.parentPath, e.name)))
  const listed = files.filter(f => !OURS.test(f)).sort()
  const own = listed.filter(f => !BESIDE.test(f))
  const beside = listed.filter(f => BESIDE.test(f) && isShown(f))
  return [...own, ...beside].slice(0, max)
}

/** Whether `listFiles` would name the path, at the price of this one path: no way out of the folder, and no link on the way. */
export async function hasFile(
  root: string,
  path: string,
  isShown: (path: string) => boolean = () => true
): Promise<boolean> {
  const parts = path.split('/')
  if (parts.some(part => part === '' || part === '.' || part === '..' || part.includes('\0'))) return false
  if (OURS.test(path) || (BESIDE.test(path) && !isShown(path))) return false
  for (let depth = 1; depth <= parts.length; depth++) {
    const entry = await lstat(join(root, ...parts.slice(0, depth))).catch(() => undefined)
    const isRight = depth === parts.length ? entry?.isFile() : entry?.isDirectory()
    if (isRight !== true) return false
  }
  return true
}
