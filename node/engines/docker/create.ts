import { posix } from 'node:path'
import type Docker from 'dockerode'
import type { JobSpec } from '../../../protocols/job/schema.ts'
import type { JobDirs } from '../engine.ts'
import { UnsupportedJobError } from '../errors.ts'
import type { ImageFacts } from './image.ts'
import { containerName, LABELS } from './names.ts'
import { type JobNetwork, type NetworkKind, networkLabel } from './network/index.ts'

const MIB = 1024 * 1024
/** The daemon refuses less. */
export const MIN_MEMORY_BYTES = 6 * MIB
/** Enough for a build or a shell pipeline, too few for a fork bomb to be felt. */
const PIDS_LIMIT = 256
const NOFILE = 4096
/** The daemon's own copy of the log, from which a restarted node reads on; the caller's cap ends a job long before. */
const LOG_FILE_SIZE = '64m'
/** Where a mount or working directory would lie over what keeps a container in (CVE-2024-21626 went through /proc/self/fd). */
const RESERVED = /^\/(proc|sys|dev)(\/|$)|^\/$/

export interface CreateInit {
  spec: JobSpec
  image: ImageFacts
  dirs: JobDirs
  /** where each output is on the host */
  outputDirs: string[]
  /** `uid:gid` */
  user: string
  nodeId: string
  id: string
  network: JobNetwork
  /** ids of the GPUs that the job has */
  devices?: readonly string[] | undefined
  runtime?: string | undefined
}

/** What a host lets jobs have. */
export interface Allowed {
  networks: readonly NetworkKind[]
  gpus: boolean
}

/**
 * Refuses what this engine does not give, before a deal is made.
 *
 * @throws UnsupportedJobError
 */
export function checkSpec(spec: JobSpec, { networks, gpus }: Allowed): void {
  if (!('docker' in spec.engine)) throw new UnsupportedJobError('engine', 'not a docker job', 'give it to its engine')
  const { network, resources } = spec
  const kind = typeof network === 'object' ? 'allow' : network
  if (!networks.includes(kind)) {
    const remedy = `set network: ${networks.join(' or ')}, or choose another provider`
    throw new UnsupportedJobError('network', `this provider gives jobs no network "${kind}"`, remedy, network)
  }
  if (resources.gpus !== undefined && !gpus) {
    throw new UnsupportedJobError('resources.gpus', 'this provider gives jobs no GPU', 'remove resources.gpus')
  }
  if (resources.memoryBytes < MIN_MEMORY_BYTES) {
    const remedy = `ask for at least ${MIN_MEMORY_BYTES} bytes`
    throw new UnsupportedJobError('resources.memoryBytes', 'too little for a container', remedy, resources.memoryBytes)
  }
  const paths = [...spec.inputs.map(i => i.path), ...spec.outputs.map(o => o.path)]
  if (new Set(paths).size !== paths.length) {
    throw new UnsupportedJobError('outputs', 'two inputs or outputs have one path', 'give each its own path')
  }
  for (const path of [...paths, spec.engine.docker.workdir ?? '/work']) checkPath(path)
}

export function checkPath(path: string): void {
  // an image's own words are a stranger's, and the daemon takes "/x/../proc" and "//proc" for what they mean
  if (!RESERVED.test(posix.join('/', path).replace(/(?<=.)\/$/, ''))) return
  throw new UnsupportedJobError(
    'path',
    `${path} belongs to the container`,
    'use a path below /inputs or /outputs',
    path
  )
}

/** Everything the daemon is told: the job's own wishes inside our limits. */
export function containerOptions(init: CreateInit): Docker.ContainerCreateOptions {
  const { spec, image, dirs, outputDirs, user, nodeId, id, network, devices = [] } = init
  const docker = 'docker' in spec.engine ? spec.engine.docker : { entrypoint: undefined, args: undefined }
  const workdir = 'workdir' in docker ? docker.workdir : undefined
  return {
    name: containerName(nodeId, id),
    Image: image.id,
    // the job's own words come last: they can only cost it its way to the proxy
    Env: Object.entries({ ...network.env, ...spec.env, ...visibleGpus(devices) }).map(
      ([key, value]) => `${key}=${value}`
    ),
    ...(docker.entrypoint === undefined ? {} : { Entrypoint: docker.entrypoint }),
    ...(docker.args === undefined ? {} : { Cmd: docker.args }),
    ...(workdir === undefined ? {} : { WorkingDir: workdir }),
    User: user,
    // a network of another container brings that one's name
    ...(network.mode.startsWith('container:') ? {} : { Hostname: 'job' }),
    Tty: false,
    OpenStdin: false,
    AttachStdout: true,
    AttachStderr: true,
    // an image's own health check would run beside the job
    Healthcheck: { Test: ['NONE'] },
    Labels: {
      [LABELS.node]: nodeId,
      [LABELS.deal]: id,
      [LABELS.timeoutMs]: String(spec.timeoutMs),
      [LABELS.diskBytes]: String(spec.resources.diskBytes),
      [LABELS.scratch]: dirs.scratch,
      [LABELS.outputs]: spec.outputs.map(o => o.name).join(','),
      [LABELS.network]: networkLabel(spec.network)
    },
    HostConfig: { ...hardening(init), ...limits(spec), Mounts: mounts(spec, dirs, outputDirs) }
  }
}

function hardening({ spec, image, user, network, devices = [], runtime }: CreateInit): Docker.HostConfig {
  // half of the memory: tmpfs counts against the job's own limit
  const size = Math.floor(spec.resources.memoryBytes / 2)
  // owned by the job's user: the runtime gives the mount the mode that the image's own directory has
  const [uid, gid] = user.split(':')
  const tmpfs = `rw,nosuid,nodev,size=${size},mode=1777,uid=${uid},gid=${gid}`
  return {
    AutoRemove: false,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    Privileged: false,
    ReadonlyRootfs: true,
    NetworkMode: network.mode,
    ...(network.dns === undefined ? {} : { Dns: [...network.dns] }),
    IpcMode: 'private',
    Tmpfs: Object.fromEntries(['/tmp', ...image.volumes].map(path => [path, tmpfs])),
    LogConfig: { Type: 'json-file', Config: { 'max-size': LOG_FILE_SIZE, 'max-file': '1' } },
    ...(devices.length === 0 ? {} : { DeviceRequests: [gpuRequest(devices)] }),
    ...(runtime === undefined ? {} : { Runtime: runtime })
  }
}

/**
 * NVIDIA's runtime, where it is the daemon's default, gives a container the devices that this variable names, and many images
 * have `all` in it: said for every job, and last, so that neither an image nor a job can take what other deals hold.
 */
const visibleGpus = (devices: readonly string[]): Record<string, string> => ({
  NVIDIA_VISIBLE_DEVICES: devices.length === 0 ? 'void' : devices.join(',')
})

/** Exactly these devices: a count would let the daemon choose ones that other deals hold. */
const gpuRequest = (devices: readonly string[]): Docker.DeviceRequest => ({
  Driver: 'nvidia',
  DeviceIDs: [...devices],
  Capabilities: [['gpu', 'compute', 'utility']]
})

function limits({ resources }: JobSpec): Docker.HostConfig {
  return {
    Memory: resources.memoryBytes,
    // the same number: no swap
    MemorySwap: resources.memoryBytes,
    NanoCpus: resources.cpuMillis * 1_000_000,
    PidsLimit: PIDS_LIMIT,
    ShmSize: Math.min(64 * MIB, Math.floor(resources.memoryBytes / 4)),
    Ulimits: [
      { Name: 'nofile', Soft: NOFILE, Hard: NOFILE },
      { Name: 'core', Soft: 0, Hard: 0 }
    ]
  }
}

function mounts(spec: JobSpec, dirs: JobDirs, outputDirs: string[]): Docker.MountSettings[] {
  const bind = (Source: string, Target: string, ReadOnly: boolean): Docker.MountSettings => ({
    Type: 'bind',
    Source,
    Target,
    ReadOnly,
    BindOptions: { Propagation: 'rprivate' }
  })
  return [
    ...spec.inputs.map(({ path }, i) => bind(dirs.inputs[i] ?? '', path, true)),
    ...spec.outputs.map(({ path }, i) => bind(outputDirs[i] ?? '', path, false))
  ]
}
