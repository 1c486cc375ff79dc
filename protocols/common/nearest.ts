/** Longest text that is compared: the cost is the product of both lengths. */
const MAX_CHARS = 64

/** The name that was probably meant, when one is close enough: it starts so, or at most a third of its letters differ. */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  if (typed.length > MAX_CHARS) return undefined
  let best: string | undefined
  let bestDistance = Number.POSITIVE_INFINITY
  for (const name of known) {
    const distance = editDistance(typed.toLowerCase(), name.toLowerCase())
    if (distance < bestDistance) [best, bestDistance] = [name, distance]
  }
  if (bestDistance <= 1) return best
  const begun = known.find(name => typed.length > 1 && name.toLowerCase().startsWith(typed.toLowerCase()))
  if (begun !== undefined) return begun
  const allowed = Math.ceil(Math.max(best?.length ?? 0, typed.length) / 3)
  return bestDistance <= allowed ? best : undefined
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let value = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) value = Math.min(value, (beforeLast[j - 2] ?? 0) + 1)
      row.push(value)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}
