/**
 * The items in order, as far as the caller reads: k of n cost O(n + k log n), where sorting costs O(n log n). `before` must be
 * a total order. Takes the array over.
 */
export function* ascending<T>(items: T[], before: (a: T, b: T) => boolean): Generator<T> {
  for (let i = (items.length >> 1) - 1; i >= 0; i--) sink(items, i, before)
  while (items.length > 0) {
    const least = items[0] as T
    const last = items.pop() as T
    if (items.length > 0) {
      items[0] = last
      sink(items, 0, before)
    }
    yield least
  }
}

/** Moves the item at `from` down a binary heap until neither of its children comes before it. */
function sink<T>(heap: T[], from: number, before: (a: T, b: T) => boolean): void {
  const item = heap[from] as T
  let at = from
  for (let child = 2 * at + 1; child < heap.length; child = 2 * at + 1) {
    const right = child + 1
    if (right < heap.length && before(heap[right] as T, heap[child] as T)) child = right
    if (!before(heap[child] as T, item)) break
    heap[at] = heap[child] as T
    at = child
  }
  heap[at] = item
}
