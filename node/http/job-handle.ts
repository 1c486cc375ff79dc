import type { AbortOptions } from '../components.ts'
import type { LogChunk } from './api.ts'
import { isEnd } from './job-states.ts'
import type { JobHandle, NodeClient } from './node-client.ts'
import { resumed } from './retried.ts'
import type { JobView } from './views.ts'

/** A job of a node as a thing with methods; nothing is kept here but its id. */
export function jobHandle(client: NodeClient, id: string): JobHandle {
  return {
    id,
    view: o => client.job(id, o),
    why: o => client.why(id, o),
    cancel: o => client.cancel(id, o),
    files: o => client.results(id, o),
    open: (path, o) => client.openResult(id, path, o),
    async text(path, o) {
      return await new Response(await client.openResult(id, path, o)).text()
    },
    changes: o => changes(client, id, o),
    async *logs(o = {}) {
      let from = o.from ?? 0
      const open = async () => client.logs(id, { ...o, follow: true, from })
      for await (const chunk of resumed<LogChunk>(open, o)) {
        from = chunk.seq + 1
        yield chunk
      }
    },
    async wait(o = {}) {
      let last: JobView | undefined
      for await (const view of changes(client, id, o)) last = view
      if (last !== undefined && isEnd(last.state)) return last
      throw o.signal?.reason ?? new DOMException('waiting was given up', 'AbortError')
    }
  }
}

/** Every state of a job from now on, the present one first; ends with the job. */
async function* changes(client: NodeClient, id: string, { signal }: AbortOptions = {}): AsyncIterable<JobView> {
  let shown = ''
  const open = async () => {
    const over = new AbortController()
    const both = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal])
    // the node listens for us before we look, so no change falls between the two
    const events = await client.events({ job: id, signal: both })
    return (async function* views() {
      try {
        yield await client.job(id, { signal: both })
        for await (const event of events) if (event.type === 'job') yield event.job
      } finally {
        // a stream that nobody read to its end would keep the process alive
        over.abort()
      }
    })()
  }
  for await (const view of resumed(open, signal === undefined ? {} : { signal })) {
    const text = JSON.stringify(view)
    if (text !== shown) yield view
    shown = text
    if (isEnd(view.state)) return
  }
}
