/** An escape known in some versions of runc: refused, or told, when the daemon uses one. */
interface KnownEscape {
  cve: string
  /** first versions of each release line that have the fix, oldest first */
  fixed: [number, number, number][]
  /** an image alone is enough to get out, without a race or a second container */
  refuse: boolean
}

const KNOWN: KnownEscape[] = [
  { cve: 'CVE-2019-5736', fixed: [[1, 0, 0]], refuse: true },
  { cve: 'CVE-2024-21626', fixed: [[1, 1, 12]], refuse: true },
  {
    cve: 'CVE-2025-31133',
    fixed: [
      [1, 2, 8],
      [1, 3, 3],
      [1, 4, 0]
    ],
    refuse: false
  }
]

export type RuncVerdict =
  | { level: 'fine' }
  | { level: 'warning'; text: string }
  | { level: 'refused'; cves: string[]; text: string }

/**
 * Judges the version that the daemon tells. A suffix (`1.1.5+ds1`) is a distribution's build, which may carry the
 * fix under the old number: that is a warning, because nobody can tell from here.
 */
export function judgeRunc(version: string | undefined): RuncVerdict {
  const match = /^v?(\d+)\.(\d+)\.(\d+)(.*)$/.exec(version ?? '')
  if (match === null) return { level: 'warning', text: 'the daemon does not tell which runc it uses' }
  const number: [number, number, number] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const open = KNOWN.filter(k => !isFixed(number, k.fixed))
  if (open.length === 0) return { level: 'fine' }
  const names = open.map(k => k.cve)
  const refused = open.filter(k => k.refuse)
  if (refused.length > 0 && match[4] === '') {
    const cves = refused.map(k => k.cve)
    return {
      level: 'refused',
      cves,
      text: `runc ${version} lets an image escape from its container (${cves.join(', ')})`
    }
  }
  const text = `runc ${version} is open to ${names.join(', ')} unless its packager has patched it`
  return { level: 'warning', text }
}

function isFixed(version: [number, number, number], fixed: [number, number, number][]): boolean {
  const line = fixed.find(f => f[0] === version[0] && f[1] === version[1])
  if (line !== undefined) return version[2] >= line[2]
  const newest = fixed.at(-1)
  return newest !== undefined && (version[0] > newest[0] || (version[0] === newest[0] && version[1] > newest[1]))
}
