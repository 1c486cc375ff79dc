import type { ChildProcess } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type Docker from 'dockerode'
import { containerName, LABELS } from '../names.ts'
import { endForwarder, PROXY_PORT, startForwarder } from './forward.ts'
import { providePauseImage } from './pause-image.ts'
import { EgressProxy, type ProxyLimits } from './proxy.ts'
import type { AddressRules } from './resolve.ts'

/** The network of one job, from before its container starts until it is removed. */
export interface JobNetwork {
  /** what its container is created with */
  mode: string
  env: Record<string, string>
  /** resolvers, where the daemon's own choice will not do */
  dns?: readonly string[]
  remove(): Promise<void>
  /** lets go of it and leaves it to the next process: what runs outside the container ends */
  detach(): Promise<void>
}

export interface AllowListInit {
  docker: Docker
  nodeId: string
  /** the deal */
  id: string
  allow: readonly string[]
  user: { uid: number; gid: number }
  runtime?: string | undefined
  rules?: AddressRules | undefined
  limits?: ProxyLimits | undefined
}

const MIB = 1024 * 1024
/** Short, and not below the data directory: a socket's path has at most 107 bytes. */
const SOCKET_DIR = 'dcn-net-'
const PROXY = `http://127.0.0.1:${PROXY_PORT}`
/** Programs look for either spelling. */
const PROXY_ENV = Object.fromEntries(
  ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'].map(name => [name, PROXY])
)
const holderName = (nodeId: string, id: string): string => `${containerName(nodeId, id)}-net`

/**
 * A network namespace with nothing in it but a way to the proxy: a holder container without a network keeps it open, a forwarder
 * inside passes bytes to the proxy's socket, and the job's container joins it. An internal Docker network would not do: every
 * service that listens on all of the host's addresses answers on its gateway.
 */
export async function openAllowList(init: AllowListInit): Promise<JobNetwork> {
  const { docker, nodeId, id } = init
  await removeHolder(docker, nodeId, id)
  const socketDir = await mkdtemp(join(tmpdir(), SOCKET_DIR))
  const holder = await makeHolder(init, socketDir).catch(async error => {
    await rm(socketDir, { recursive: true, force: true })
    throw error
  })
  return await serve(init, holder, socketDir)
}

/** The network of a job that an earlier process started: its proxy went with that process. @returns undefined when it is gone */
export async function reopenAllowList(init: AllowListInit): Promise<JobNetwork | undefined> {
  const holder = init.docker.getContainer(holderName(init.nodeId, init.id))
  const found = await holder.inspect().catch(() => undefined)
  const socketDir = found?.Config.Labels[LABELS.socketDir]
  if (found?.State.Running !== true || socketDir === undefined) return undefined
  await rm(socketOf(socketDir), { force: true })
  return await serve(init, holder, socketDir)
}

async function makeHolder(init: AllowListInit, socketDir: string): Promise<Docker.Container> {
  const { docker, nodeId, id, user, runtime } = init
  return await docker.createContainer({
    name: holderName(nodeId, id),
    Image: await providePauseImage(docker),
    User: `${user.uid}:${user.gid}`,
    Hostname: 'job',
    Labels: { [LABELS.node]: nodeId, [LABELS.holderOf]: id, [LABELS.socketDir]: socketDir },
    HostConfig: {
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      // one thread that waits; but the runtime that starts it has a dozen, and dies where it gets fewer
      Memory: 32 * MIB,
      MemorySwap: 32 * MIB,
      PidsLimit: 64,
      LogConfig: { Type: 'none', Config: {} },
      ...(runtime === undefined ? {} : { Runtime: runtime })
    }
  })
}

async function serve(init: AllowListInit, holder: Docker.Container, socketDir: string): Promise<JobNetwork> {
  const { allow, rules, limits, user } = init
  const proxy = new EgressProxy({ allow, ...limits, ...(rules === undefined ? {} : { rules }) })
  let forwarder: ChildProcess | undefined
  const detach = async (): Promise<void> => {
    if (forwarder !== undefined) await endForwarder(forwarder)
    await proxy.close()
  }
  const remove = async (): Promise<void> => {
    await detach()
    await removeHolder(init.docker, init.nodeId, init.id)
    await rm(socketDir, { recursive: true, force: true })
  }
  try {
    await proxy.listen(await openSocketDir(socketDir), user)
    if (!(await holder.inspect()).State.Running) await holder.start()
    forwarder = await startForwarder((await holder.inspect()).State.Pid, socketOf(socketDir), user)
  } catch (error) {
    await remove()
    throw error
  }
  return { mode: `container:${holder.id}`, env: PROXY_ENV, remove, detach }
}

const socketOf = (dir: string): string => join(dir, 'proxy')

/** The forwarder, who is nobody, may pass through but not look around. */
async function openSocketDir(dir: string): Promise<string> {
  await mkdir(dir, { recursive: true })
  await chmod(dir, 0o711)
  return socketOf(dir)
}

/** Removes a holder that an earlier process left, with the directory of its socket. */
export async function removeHolder(docker: Docker, nodeId: string, id: string): Promise<void> {
  const holder = docker.getContainer(holderName(nodeId, id))
  const found = await holder.inspect().catch(() => undefined)
  if (found === undefined) return
  const dir = found.Config.Labels[LABELS.socketDir] ?? ''
  await holder.remove({ force: true }).catch(() => undefined)
  // a label is only believed as far as it names what was made here
  if (dirname(dir) === tmpdir() && basename(dir).startsWith(SOCKET_DIR)) await rm(dir, { recursive: true, force: true })
}
