import type { Place } from './messages.ts'

/**
 * How the address translation between a host and the others behaves. `none`: others see the host's own address. `steady`: one
 * port is seen as the same by everybody, so that two hosts can meet. `changing`: everybody sees another port, and nobody can be
 * told where to knock. `unknown`: nobody has looked, or only one has.
 */
export type Nat = 'none' | 'steady' | 'changing' | 'unknown'

/** What one peer saw of this host's connection to it. */
export interface Sighting {
  /** who saw it, by its IP address: two peers behind one address are one witness */
  by: string
  seen: Place
  /** the port on this host */
  localPort: number
}

/** What several sightings of one port come to. @param own IP addresses of this host */
export function natOf(sightings: readonly Sighting[], own: ReadonlySet<string>): Nat {
  const translated = sightings.filter(s => !own.has(s.seen.ip))
  if (sightings.length === 0) return 'unknown'
  if (translated.length === 0) return 'none'
  const [first, ...others] = translated.filter(isFirstBy)
  if (first === undefined || others.length === 0) return 'unknown'
  return others.every(s => samePlace(s.seen, first.seen)) ? 'steady' : 'changing'
}

const isFirstBy = ({ by }: Sighting, at: number, all: readonly Sighting[]): boolean =>
  all.findIndex(s => s.by === by) === at

export const samePlace = (a: Place, b: Place): boolean => a.ip === b.ip && a.port === b.port

/** Where others can meet this host's port, the most often seen place first. */
export function mappedPlaces(sightings: readonly Sighting[], most: number): Place[] {
  const counted: { place: Place; count: number }[] = []
  for (const { seen } of sightings) {
    const known = counted.find(({ place }) => samePlace(place, seen))
    if (known === undefined) counted.push({ place: seen, count: 1 })
    else known.count++
  }
  return counted
    .sort((a, b) => b.count - a.count)
    .slice(0, most)
    .map(({ place }) => place)
}
