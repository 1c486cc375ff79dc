import type Docker from 'dockerode'
import type { AbortOptions, Capabilities } from '../engine.ts'
import type { AvailableNetworks } from './network/index.ts'
import { judgeRunc } from './runc.ts'
import { saidBy } from './trouble.ts'

/** A daemon that takes longer to say its version would take longer for everything. */
const PROBE_MS = 5000

export interface ProbeInit {
  /** name of the runtime to use; the daemon's default without it */
  runtime?: string | undefined
  allowOldRunc: boolean
  /** what holds the output quota, see disk.ts */
  quota: string
  /** what jobs can have with a runtime, see network/ */
  networks(runtime: string): Promise<AvailableNetworks>
}

/** What the daemon says of itself, checked against what running strangers' images needs. Never rejects. */
export async function probeDocker(docker: Docker, init: ProbeInit, options: AbortOptions = {}): Promise<Capabilities> {
  const timeout = AbortSignal.timeout(PROBE_MS)
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal])
  try {
    const [version, info] = await orAbort(Promise.all([docker.version(), docker.info()]), signal)
    return await judge(version, info, init)
  } catch (error) {
    return no(`no Docker engine answers: ${saidBy(error)}`, 'start dockerd, or add this user to the group "docker"')
  }
}

/** dockerode takes no signal here: the answer of a daemon that hangs is left alone. */
function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    promise.then(resolve, reject)
  })
}

const no = (reason: string, remedy: string): Capabilities => ({ available: false, kind: 'docker', reason, remedy })

interface Info {
  Runtimes?: Record<string, unknown>
  DefaultRuntime?: string
  Driver?: string
  OSType?: string
  MemoryLimit?: boolean
  PidsLimit?: boolean
  CpuCfsQuota?: boolean
  CPUCfsQuota?: boolean
  CgroupVersion?: string
  SecurityOptions?: string[]
}

async function judge(version: Docker.DockerVersion, info: Info, init: ProbeInit): Promise<Capabilities> {
  if (info.OSType !== 'linux') return no(`the engine runs ${info.OSType} containers`, 'switch it to Linux containers')
  const missing = (['MemoryLimit', 'PidsLimit'] as const).filter(key => info[key] === false)
  if (missing.length > 0) {
    return no(`the engine cannot enforce ${missing.join(' and ')}`, 'enable the memory and pids cgroup controllers')
  }
  if (!hasSeccomp(info.SecurityOptions ?? [])) {
    return no(
      'the engine runs containers without a seccomp profile',
      'remove "seccomp-profile": "unconfined" of dockerd'
    )
  }
  const runtimes = Object.keys(info.Runtimes ?? {})
  const runtime = init.runtime ?? info.DefaultRuntime ?? 'runc'
  if (!runtimes.includes(runtime)) {
    return no(`the engine has no runtime "${runtime}"`, `choose one of ${runtimes.join(', ')}`)
  }
  const runc = runtime.includes('runc') ? judgeRunc(runcVersion(version)) : ({ level: 'fine' } as const)
  if (runc.level === 'refused' && !init.allowOldRunc) {
    return no(runc.text, 'upgrade runc (containerd.io); or accept the risk with the option allowOldRunc')
  }
  const networks = await init.networks(runtime)
  const warnings = [...(runc.level === 'fine' ? [] : [runc.text]), ...networks.lacking]
  return {
    available: true,
    kind: 'docker',
    version: version.Version,
    features: {
      api: version.ApiVersion,
      arch: version.Arch,
      runtime,
      runtimes: runtimes.join(','),
      storage: info.Driver ?? 'unknown',
      cgroup: info.CgroupVersion ?? '1',
      quota: init.quota,
      networks: networks.kinds.join(','),
      ...(warnings.length === 0 ? {} : { warning: warnings.join('; ') })
    }
  }
}

/** `name=seccomp,profile=default`; older engines say `builtin`. */
function hasSeccomp(options: readonly string[]): boolean {
  return options.some(option => /(^|,)name=seccomp(,|$)/.test(option) && !/profile=unconfined/.test(option))
}

function runcVersion(version: Docker.DockerVersion): string | undefined {
  return (version.Components ?? []).find(c => c.Name === 'runc')?.Version
}
