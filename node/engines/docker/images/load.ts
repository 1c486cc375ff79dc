import { Readable } from 'node:stream'
import type Docker from 'dockerode'
import type { AbortOptions } from '../../engine.ts'

/** A line of what the daemon says while it loads or pulls. */
export interface DaemonEvent {
  id?: string
  status?: string
  progressDetail?: { current?: number; total?: number }
  error?: string
}

/** Reads to the end what the daemon says. @throws Error with the daemon's own: its status was sent before it knew */
export async function followed(
  docker: Docker,
  stream: NodeJS.ReadableStream,
  onEvent?: (event: DaemonEvent) => void
): Promise<void> {
  let said: string | undefined
  await new Promise<void>((resolve, reject) => {
    const end = (error: Error | null) => (error === null ? resolve() : reject(error))
    docker.modem.followProgress(stream, end, (event: DaemonEvent) => {
      said ??= event.error
      onEvent?.(event)
    })
  })
  if (said !== undefined) throw new Error(said)
}

/** Gives the daemon an archive as `docker load` does. @throws Error with what the daemon said, and what reading the archive throws */
export async function loadArchive(
  docker: Docker,
  archive: AsyncIterable<Uint8Array>,
  options: AbortOptions = {}
): Promise<void> {
  const source = Readable.from(archive)
  const broken = new AbortController()
  // the daemon would wait for the rest of it
  source.once('error', error => broken.abort(error))
  const signals = options.signal === undefined ? [broken.signal] : [broken.signal, options.signal]
  try {
    await followed(docker, await docker.loadImage(source, { abortSignal: AbortSignal.any(signals) }))
  } catch (error) {
    throw signals.find(signal => signal.aborted)?.reason ?? error
  } finally {
    // a daemon that refused it early has not read it to its end
    source.destroy()
  }
}

/** Whether the daemon has an image of this name or id. */
export async function hasImage(docker: Docker, name: string): Promise<boolean> {
  try {
    await docker.getImage(name).inspect()
    return true
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false
    throw error
  }
}
