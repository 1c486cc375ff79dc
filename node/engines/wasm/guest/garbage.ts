/** Collects buffers that were let go before V8 does by itself: they would count as the job's memory. */
export function wasiGarbage(): (bytes: number) => void {
  const EVERY = 8_388_608
  const { gc } = globalThis as { gc?: (how: { type: 'minor' }) => void }
  let since = 0
  return bytes => {
    since += bytes
    if (since < EVERY) return
    since = 0
    gc?.({ type: 'minor' })
  }
}
