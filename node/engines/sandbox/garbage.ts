import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Bytes that may pass between two collections: what is let go in that time stays resident. */
const EVERY_BYTES = 16 * 1024 * 1024

type Collect = (how: { type: 'minor' }) => void

/**
 * Collects the buffers of what has passed through this process. V8 sees them late (64 MiB and more of them were seen lying about), and
 * they would count as the job's memory.
 *
 * @returns told of bytes that passed
 */
export function garbageCollector(): (bytes: number) => void {
  const collect = exposed(() => runInNewContext('gc') as Collect)
  let passed = 0
  return bytes => {
    passed += bytes
    if (passed < EVERY_BYTES) return
    passed = 0
    collect({ type: 'minor' })
  }
}

/** Contexts that are made meanwhile have the function `gc`. */
export function exposed<T>(make: () => T): T {
  setFlagsFromString('--expose-gc')
  try {
    return make()
  } finally {
    setFlagsFromString('--no-expose-gc')
  }
}
