/** A page with what stands between two of its lines replaced. @throws Error when the page lacks one of them */
export function replaceBetween(page: string, text: string, begin: string, end: string, rendered: string): string {
  const from = text.indexOf(begin)
  const to = text.indexOf(end, from)
  if (from < 0 || to < 0) throw new Error(`${page} lacks the markers '${begin}' and '${end}'`)
  return `${text.slice(0, from)}${begin}\n${rendered}\n${text.slice(to)}`
}
