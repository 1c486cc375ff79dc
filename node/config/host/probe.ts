import { execFile } from 'node:child_process'
import { statfs } from 'node:fs/promises'
import { availableParallelism, cpus, totalmem } from 'node:os'
import type { Config } from '../schema.ts'
import { type GpuFindings, offeredGpus } from './gpus.ts'
import { parseSmi, QUERY, type SmiAnswer } from './nvidia-smi.ts'
import { judgeToolkit } from './toolkit.ts'

/** What a host is, as its operator sees it. */
export interface HostFacts {
  cpuModel: string
  cpus: number
  memoryBytes: number
  diskFreeBytes: number
  gpus: GpuFindings
}

/** A driver that takes longer hangs. */
const TOOL_MS = 10_000
const OUTPUT_MAX_BYTES = 1024 * 1024

/** Looks at the host; for GPUs only where they can be offered. Never rejects because of one. */
export async function probeHost(config: Pick<Config, 'dataDir' | 'offer' | 'roles'>): Promise<HostFacts> {
  const found = config.roles.includes('provider') ? await probeGpus() : { devices: [], problems: [] }
  const { bavail, bsize } = await statfs(config.dataDir)
  return {
    cpuModel: (cpus()[0]?.model ?? 'unknown').trim().slice(0, 128),
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    diskFreeBytes: bavail * bsize,
    gpus: offeredGpus(found, config.roles.includes('provider') ? config.offer.gpu : undefined)
  }
}

/** The GPUs that containers of strangers may have. */
export async function probeGpus(): Promise<GpuFindings> {
  const answer = await run('nvidia-smi', QUERY)
  if (answer === undefined) return { devices: [], problems: [] }
  const isCut = /,\s*enabled\s*,/i.test(answer.stdout)
  const slices = isCut ? ((await run('nvidia-smi', ['-L']))?.stdout ?? '') : ''
  const found = parseSmi(answer, slices)
  if (found.devices.length === 0) return found
  const problem = judgeToolkit(await toolkitVersion())
  return problem === undefined ? found : { ...found, devices: [], problems: [...found.problems, problem] }
}

async function toolkitVersion(): Promise<string | undefined> {
  for (const tool of ['nvidia-ctk', 'nvidia-container-cli']) {
    const answer = await run(tool, ['--version'])
    if (answer?.status === 0) return answer.stdout
  }
  return undefined
}

/** @returns undefined when the tool is not installed */
function run(tool: string, args: readonly string[]): Promise<SmiAnswer | undefined> {
  return new Promise(resolve => {
    execFile(tool, args, { timeout: TOOL_MS, maxBuffer: OUTPUT_MAX_BYTES }, (error, stdout, stderr) => {
      if ((error as NodeJS.ErrnoException | null)?.code === 'ENOENT') return resolve(undefined)
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : null
      resolve({ status, stdout, stderr })
    })
  })
}
