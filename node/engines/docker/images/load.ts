import { Readable } from 'node:stream'
import type Docker from 'dockerode'

export interface LoadProgress {
  status?: string
  id?: string
  progressDetail?: { current?: number; total?: number }
}

/** Gives the daemon an archive as `docker load` does. @throws Error with what the daemon said */
export async function loadArchive(docker: Docker, archive: AsyncIterable<Uint8Array>): Promise<void> {
  const stream = await docker.loadImage(Readable.from(archive))
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(stream, (error: Error | null) => (error ? reject(error) : resolve()))
  })
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
