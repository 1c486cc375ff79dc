import type Docker from 'dockerode'
import type { AbortOptions } from '../../components.ts'
import type { PrepareContext } from '../engine.ts'
import { ImageUnavailableError } from '../errors.ts'
import { type DaemonEvent, followed } from './images/load.ts'
import { imageTrouble } from './trouble.ts'

const PINNED = /(@sha256:[0-9a-f]{64}|^sha256:[0-9a-f]{64})$/
/** A large image over a slow line; whoever asks may wait less long. */
const PULL_MS = 15 * 60 * 1000

/** What of an image matters to a run. */
export interface ImageFacts {
  /** `sha256:…` of its configuration */
  id: string
  /** paths it declares as volumes: the daemon would put them on its own disk, without a limit */
  volumes: string[]
  workdir: string
}

/** Facts of an image the daemon has; undefined when it has none of that name. */
async function inspect(docker: Docker, name: string): Promise<ImageFacts | undefined> {
  try {
    const found = await docker.getImage(name).inspect()
    return { id: found.Id, volumes: Object.keys(found.Config?.Volumes ?? {}), workdir: found.Config?.WorkingDir ?? '' }
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined
    throw imageTrouble(name, error)
  }
}

/**
 * The image of a job, pulled by digest when the daemon lacks it.
 *
 * @throws ImageUnavailableError, UnsupportedJobError
 */
export async function provideImage(
  docker: Docker,
  image: string,
  onProgress: PrepareContext['onProgress'],
  options: AbortOptions = {}
): Promise<ImageFacts> {
  const here = await inspect(docker, image)
  if (here !== undefined) return here
  if (image.startsWith('sha256:')) {
    const remedy = 'an image id cannot be pulled: load the image on the provider, or name it by registry digest'
    throw new ImageUnavailableError(image, 'this engine does not have it', remedy)
  }
  await pull(docker, image, onProgress, options)
  const pulled = await inspect(docker, image)
  if (pulled === undefined)
    throw new ImageUnavailableError(image, 'the registry sent another image', 'check the digest')
  return pulled
}

async function pull(
  docker: Docker,
  image: string,
  onProgress: PrepareContext['onProgress'],
  options: AbortOptions
): Promise<void> {
  const timeout = AbortSignal.timeout(PULL_MS)
  const abortSignal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal])
  try {
    const stream = await docker.pull(image, { abortSignal })
    await followed(docker, stream, pullProgress(onProgress))
  } catch (error) {
    if (options.signal?.aborted === true) throw options.signal.reason
    throw imageTrouble(image, error)
  }
}

interface PulledLayer {
  total: number
  downloaded: number
  unpacked: number
}

/**
 * Adds up what has been downloaded of all layers that have begun: the daemon tells each by itself. When all are here, how much of
 * them is unpacked.
 */
export function pullProgress(onProgress: PrepareContext['onProgress']): (event: DaemonEvent) => void {
  const layers = new Map<string, PulledLayer>()
  return ({ id, status, progressDetail }) => {
    if (id === undefined) return
    const layer = advanced(layers.get(id), status, progressDetail)
    if (layer === undefined) return
    layers.set(id, layer)
    const sum = (of: keyof PulledLayer) => [...layers.values()].reduce((all, one) => all + one[of], 0)
    const totalBytes = sum('total')
    const downloaded = sum('downloaded')
    if (downloaded < totalBytes) onProgress?.({ what: 'image', doneBytes: downloaded, totalBytes })
    else onProgress?.({ what: 'prepare', doneBytes: sum('unpacked'), totalBytes })
  }
}

/** A layer after what the daemon said of it; undefined where that says nothing of bytes. A small one comes without any count. */
function advanced(
  layer: PulledLayer | undefined,
  status: string | undefined,
  { current = 0, total }: { current?: number; total?: number } = {}
): PulledLayer | undefined {
  if (status === 'Downloading' && total !== undefined) return { total, downloaded: current, unpacked: 0 }
  if (layer === undefined) return undefined
  if (status === 'Download complete') return { ...layer, downloaded: layer.total }
  if (status === 'Extracting' && total === layer.total) return { ...layer, downloaded: total, unpacked: current }
  return status === 'Pull complete' ? { ...layer, downloaded: layer.total, unpacked: layer.total } : undefined
}

/**
 * What is signed in place of a name a person typed: its registry digest (`name@sha256:…`) when the engine knows one, so
 * that any provider can pull it, else its id (`sha256:…`), which providers must already have. A name that is pinned stays.
 *
 * @throws ImageUnavailableError
 */
export async function resolveImage(docker: Docker, name: string, options: AbortOptions = {}): Promise<string> {
  if (PINNED.test(name) || name.startsWith('ipfs://')) return name
  const digest = await digestOf(docker, name)
  if (digest !== undefined) return digest
  await pull(docker, name.includes(':') ? name : `${name}:latest`, undefined, options)
  const pulled = await digestOf(docker, name)
  if (pulled === undefined) throw new ImageUnavailableError(name, 'the pull brought nothing', 'check the name')
  return pulled
}

async function digestOf(docker: Docker, name: string): Promise<string | undefined> {
  try {
    const found = await docker.getImage(name).inspect()
    const repo = name.replace(/:[^/:]*$/, '')
    const digests = found.RepoDigests ?? []
    return digests.find(d => d.startsWith(`${repo}@`)) ?? digests[0] ?? found.Id
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined
    throw imageTrouble(name, error)
  }
}
