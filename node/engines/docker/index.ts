import Docker from 'dockerode'
import type { CID } from 'multiformats/cid'
import { imageCidOf } from '../../../protocols/images/manifest.ts'
import type { JobSpec } from '../../../protocols/job/schema.ts'
import type {
  AbortOptions,
  Capabilities,
  Engine,
  JobDirs,
  PrepareContext,
  Prepared,
  RunOptions,
  RunOutcome
} from '../engine.ts'
import { EngineStoppedError } from '../errors.ts'
import { inOrder, remove, start } from './container.ts'
import { checkPath, checkSpec, containerOptions } from './create.ts'
import { type JobDisk, makeDisk, probeQuota, type Quota, reopenDisk, sweepMounts } from './disk.ts'
import { type ImageFacts, provideImage, resolveImage } from './image.ts'
import { bringImage } from './images/bring.ts'
import { type SavedImage, type SaveOptions, saveImage } from './images/save.ts'
import { ImageShelf } from './images/shelf.ts'
import { containerName, isJob, LABELS } from './names.ts'
import { type JobNetwork, JobNetworks, type JobNetworksInit, type NetworkKind, networkOf } from './network/index.ts'
import { because } from './outcome.ts'
import { probeDocker } from './probe.ts'
import { follow } from './run.ts'
import { saidBy } from './trouble.ts'

export interface DockerEngineInit {
  /** whose containers these are; the peer id. Containers of another node on the same daemon are never touched */
  nodeId: string
  /** the daemon's socket @default DOCKER_HOST, else /var/run/docker.sock */
  socketPath?: string
  /** runc, runsc, kata …, as the daemon names it @default the daemon's own default */
  runtime?: string
  /** accept a runc with known escapes @default false */
  allowOldRunc?: boolean
  /** what jobs may have besides none, where the host can keep them from itself @default none */
  networks?: readonly NetworkKind[]
  /** whom jobs with a network may reach, for tests, which have no public addresses @default public addresses of others */
  reach?: JobNetworksInit['rules']
  /** what one job's allow-list may move @default see network/proxy.ts */
  networkLimits?: JobNetworksInit['limits']
  /** this host has GPUs that containers can use @default false */
  gpus?: boolean
  /** images that come by CID @default 20 GiB, kept for half an hour after a use */
  images?: { quotaBytes?: number; holdMs?: number }
  /** what holds the output limit @default loop-ext4 where this process may mount, else watcher */
  quota?: Quota
}

/** Beside the common interface: what the submitting side and a restart need. */
export interface DockerEngine extends Engine {
  /** see image.ts: turns a name as typed into what a job specification may carry */
  resolveImage(name: string, options?: AbortOptions): Promise<string>
  /** see images/save.ts: takes an image of this engine apart, to be shared by CID */
  saveImage(name: string, dir: string, options: SaveOptions): Promise<SavedImage>
  /**
   * Removes containers of this node whose deal is not in `keep`, and stale mounts below `workDir`.
   * Call after a restart, when everything worth adopting is known.
   */
  sweep(init: { keep: readonly string[]; workDir?: string }): Promise<{ containers: number; mounts: number }>
}

interface PreparedDocker extends Prepared {
  image: ImageFacts
}

/** 65534 is "nobody" everywhere. A node that is not root runs jobs under its own id, or it could not remove their files. */
const NOBODY = 65534
const IMAGE_QUOTA_BYTES = 20 * 2 ** 30
/** From the agreement to the start of a job it takes minutes at most. */
const IMAGE_HOLD_MS = 30 * 60_000
const noUsage = { wallMs: 0, cpuMs: 0, maxRssBytes: 0 }

/** Containers on the local Docker engine, one per job. */
export const dockerEngine = (init: DockerEngineInit): DockerEngine => new DockerEngineService(init)

class DockerEngineService implements DockerEngine {
  readonly kind = 'docker'
  readonly #init: DockerEngineInit
  readonly #docker: Docker
  readonly #uid: number
  readonly #gid: number
  readonly #networks: JobNetworks
  readonly #shelf: ImageShelf
  readonly #bringing = new Map<string, Promise<string>>()
  readonly #running = new Map<string, AbortController>()
  #quota: Promise<Quota> | undefined

  constructor(init: DockerEngineInit) {
    this.#init = init
    this.#docker = new Docker(init.socketPath === undefined ? {} : { socketPath: init.socketPath })
    const root = process.getuid === undefined || process.getuid() === 0
    this.#uid = root ? NOBODY : (process.getuid?.() ?? NOBODY)
    this.#gid = root ? NOBODY : (process.getgid?.() ?? NOBODY)
    const { quotaBytes = IMAGE_QUOTA_BYTES, holdMs = IMAGE_HOLD_MS } = init.images ?? {}
    this.#shelf = new ImageShelf(this.#docker, { nodeId: init.nodeId, quotaBytes, holdMs })
    this.#networks = new JobNetworks({
      docker: this.#docker,
      nodeId: init.nodeId,
      user: { uid: this.#uid, gid: this.#gid },
      runtime: init.runtime,
      wanted: init.networks ?? [],
      rules: init.reach,
      limits: init.networkLimits
    })
  }

  async probe(options: AbortOptions = {}): Promise<Capabilities> {
    const { runtime, allowOldRunc = false } = this.#init
    const quota = await this.#quotaMode()
    const networks = (used: string) => this.#networks.available(used)
    return await probeDocker(this.#docker, { runtime, allowOldRunc, quota, networks }, options)
  }

  async start(): Promise<void> {
    await this.#quotaMode()
  }

  /** Leaves containers running, to be adopted by the next process. */
  async stop(): Promise<void> {
    for (const [id, controller] of this.#running) controller.abort(new EngineStoppedError(id))
    this.#running.clear()
    await this.#networks.stop()
  }

  async prepare(spec: JobSpec, context: PrepareContext, options: AbortOptions = {}): Promise<PreparedDocker> {
    const { kinds: networks } = await this.#networks.available(this.#init.runtime)
    checkSpec(spec, { networks, gpus: this.#init.gpus === true })
    const name = 'docker' in spec.engine ? spec.engine.docker.image : ''
    const cid = imageCidOf(name)
    const id = cid === undefined ? name : await this.#bring(cid, context, options)
    const image = await provideImage(this.#docker, id, context.onProgress, options)
    for (const path of [...image.volumes, image.workdir || '/work']) if (path !== '/') checkPath(path)
    return { spec, image }
  }

  async run(prepared: Prepared, dirs: JobDirs, options: RunOptions): Promise<RunOutcome> {
    const { spec } = prepared
    return await this.#guard(options.id, async detach => {
      const outputs = spec.outputs.map(o => o.name)
      const { diskBytes } = spec.resources
      const place = { scratch: dirs.scratch, outputs, diskBytes, uid: this.#uid, gid: this.#gid }
      const disk = await makeDisk(await this.#quotaMode(), place)
      return await this.#finally(disk, detach, async () => {
        if (options.signal?.aborted === true) return { ...because('cancelled'), usage: noUsage }
        const network = await this.#networks.open(spec.network, options.id)
        return await this.#finally(network, detach, async () => {
          const container = await this.#create(prepared as PreparedDocker, dirs, disk, network, options)
          return await this.#finally({ remove: () => remove(container) }, detach, async () => {
            const logs = await container.attach({ stream: true, stdout: true, stderr: true, abortSignal: detach })
            const begin = () => start(container)
            const { timeoutMs } = spec
            return await follow({ container, logs, begin, timeoutMs, diskBytes, disk, outputs, dirs, options, detach })
          })
        })
      })
    })
  }

  /** The log is told again from the program's first line, as far as the daemon has kept it (64 MiB). */
  async adopt(id: string, dirs: JobDirs, options: RunOptions): Promise<RunOutcome | undefined> {
    const found = (await this.#list(id))[0]
    if (found === undefined) return undefined
    const container = this.#docker.getContainer(found.Id)
    const label = (key: string) => found.Labels[key] ?? ''
    if (found.State === 'created') {
      await remove(container)
      // its disk is mounted already: the new run could not empty the directory
      await sweepMounts(label(LABELS.scratch), [])
      return undefined
    }
    return await this.#guard(options.id, async detach => {
      const disk = await reopenDisk(label(LABELS.scratch))
      let network: JobNetwork | undefined
      const things = {
        remove: () =>
          inOrder(
            () => remove(container),
            async () => network?.remove(),
            () => disk.remove()
          )
      }
      return await this.#finally(things, detach, async () => {
        // a job may be in the way of it, on the proxy's port: then it ends here like any other
        network = await this.#networks.reopen(networkOf(label(LABELS.network)), id)
        const logs = await container.logs({ follow: true, stdout: true, stderr: true, abortSignal: detach })
        const reread = () => container.logs({ follow: false, stdout: true, stderr: true })
        const begin = async () => Date.parse((await container.inspect()).State.StartedAt)
        const timeoutMs = Number(label(LABELS.timeoutMs))
        const diskBytes = Number(label(LABELS.diskBytes))
        const outputs = label(LABELS.outputs).split(',').filter(Boolean)
        const limits = { timeoutMs, diskBytes, disk, outputs }
        return await follow({ container, logs, reread, begin, ...limits, dirs, options, detach })
      })
    })
  }

  async resolveImage(name: string, options: AbortOptions = {}): Promise<string> {
    return await resolveImage(this.#docker, name, options)
  }

  async saveImage(name: string, dir: string, options: SaveOptions): Promise<SavedImage> {
    return await saveImage(this.#docker, name, dir, options)
  }

  /** Two deals with one image bring it once: the second finds it there. */
  async #bring(cid: CID, context: PrepareContext, options: AbortOptions): Promise<string> {
    const key = cid.toString()
    const c = { docker: this.#docker, shelf: this.#shelf, maxBytes: this.#init.images?.quotaBytes ?? IMAGE_QUOTA_BYTES }
    const before = this.#bringing.get(key)?.catch(() => undefined) ?? Promise.resolve()
    const bringing = before.then(() => bringImage(c, cid, context, options))
    this.#bringing.set(key, bringing)
    try {
      return await bringing
    } finally {
      if (this.#bringing.get(key) === bringing) this.#bringing.delete(key)
    }
  }

  async sweep(init: { keep: readonly string[]; workDir?: string }): Promise<{ containers: number; mounts: number }> {
    // those that hold a network go with their job
    const all = (await this.#list()).filter(isJob)
    const kept = all.filter(c => init.keep.includes(c.Labels[LABELS.deal] ?? ''))
    const gone = all.filter(c => !kept.includes(c))
    for (const { Id } of gone) await remove(this.#docker.getContainer(Id))
    await this.#networks.sweep(kept.map(c => c.Labels[LABELS.deal] ?? ''))
    const scratches = kept.map(c => c.Labels[LABELS.scratch] ?? '')
    const mounts = init.workDir === undefined ? 0 : await sweepMounts(init.workDir, scratches)
    return { containers: gone.length, mounts }
  }

  #quotaMode(): Promise<Quota> {
    this.#quota ??= this.#init.quota === undefined ? probeQuota() : Promise.resolve(this.#init.quota)
    return this.#quota
  }

  async #list(id?: string): Promise<Docker.ContainerInfo[]> {
    const label = [`${LABELS.node}=${this.#init.nodeId}`, ...(id === undefined ? [] : [`${LABELS.deal}=${id}`])]
    return await this.#docker.listContainers({ all: true, filters: { label } })
  }

  async #create(
    { spec, image }: PreparedDocker,
    dirs: JobDirs,
    disk: JobDisk,
    network: JobNetwork,
    { id, devices }: RunOptions
  ): Promise<Docker.Container> {
    const { nodeId, runtime } = this.#init
    const outputDirs = spec.outputs.map(o => disk.dir(o.name))
    const user = `${this.#uid}:${this.#gid}`
    const options = containerOptions({ spec, image, dirs, outputDirs, user, nodeId, id, network, devices, runtime })
    try {
      return await this.#docker.createContainer(options)
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode !== 409) throw error
      // the name is taken by a container of ours for this deal that nobody adopted
      await remove(this.#docker.getContainer(containerName(nodeId, id)))
      return await this.#docker.createContainer(options)
    }
  }

  /** Turns whatever goes wrong into an outcome, except the engine's own stop. */
  async #guard(id: string, body: (detach: AbortSignal) => Promise<RunOutcome>): Promise<RunOutcome> {
    const controller = new AbortController()
    this.#running.set(id, controller)
    try {
      return await body(controller.signal)
    } catch (error) {
      if (controller.signal.aborted) throw controller.signal.reason
      return { status: 'engine-error', reason: `the Docker engine failed: ${saidBy(error)}`, usage: noUsage }
    } finally {
      this.#running.delete(id)
    }
  }

  /** Removes something after a step, unless the engine was stopped: then the next process still needs it. */
  async #finally<T>(thing: { remove(): Promise<void> }, detach: AbortSignal, step: () => Promise<T>): Promise<T> {
    try {
      return await step()
    } finally {
      if (!detach.aborted) await thing.remove()
    }
  }
}
