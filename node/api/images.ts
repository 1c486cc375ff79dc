import type { AbortOptions } from '../components.ts'
import type { NodeApi } from '../http/api.ts'
import type { PushEvent } from '../http/views.ts'
import type { Images } from '../images/images.ts'

/** The calls about container images. */
export function imageApi(images: Images): Pick<NodeApi, 'pushImage' | 'images' | 'removeImage'> {
  return {
    pushImage: (name, options) => pushEvents(images, name, options),
    images: async () => images.list(),
    removeImage: cid => images.remove(cid)
  }
}

/** Only the latest step waits for a reader: a slow one misses some, and the last event of all comes in any case. */
async function* pushEvents(images: Images, name: string, options: AbortOptions = {}): AsyncIterable<PushEvent> {
  let latest: PushEvent | undefined
  let wake: () => void = () => undefined
  const push = images.push(name, {
    ...options,
    onProgress: progress => {
      latest = { type: 'progress', ...progress }
      wake()
    }
  })
  let isDone = false
  const done = push.finally(() => {
    isDone = true
    wake()
  })
  // told below
  done.catch(() => undefined)
  while (!isDone) {
    await new Promise<void>(resolve => {
      wake = resolve
      if (latest !== undefined || isDone) resolve()
    })
    const event = latest
    latest = undefined
    if (event !== undefined) yield event
  }
  yield { type: 'image', image: await push }
}
