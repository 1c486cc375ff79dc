import type Docker from 'dockerode'

/** @returns since when it runs, unix ms; an error says that it is the start that failed */
export async function start(container: Docker.Container): Promise<number> {
  try {
    await container.start()
    return Date.now()
  } catch (error) {
    throw Object.assign(error as Error, { startFailed: true })
  }
}

/** One after the other, each whether or not the one before it worked; throws the first error. */
export async function inOrder(...steps: (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = []
  for (const step of steps) await step().catch(error => errors.push(error))
  if (errors.length > 0) throw errors[0]
}

/** With its anonymous volumes; one that is gone already is no error. */
export async function remove(container: Docker.Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true })
  } catch (error) {
    const { statusCode } = error as { statusCode?: number }
    // gone, or already on its way out
    if (statusCode !== 404 && statusCode !== 409) throw error
  }
}
