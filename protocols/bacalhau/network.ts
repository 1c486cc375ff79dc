import { NotConvertibleError } from '../modules/errors.ts'
import type { GoObject } from '../modules/foreign/go-json.ts'

type Network = 'full' | { allow: string[] } | undefined

const PORTS = [80, 443]

const OFF =
  'the network is off, as nothing asks for one: Network {Type: HTTP, Domains: […]} allows places, {Type: Full} all'

/** Type → network of ours. There the engine decides where a file does not; here a job without a word has none. */
const TYPES: Record<string, (network: GoObject, notes: string[]) => Network> = {
  '': (_network, notes) => void notes.push(OFF),
  default: (_network, notes) => void notes.push(OFF),
  none: () => undefined,
  http: network => allowed(network),
  bridge: () => 'full',
  full: () => 'full',
  host: (_network, notes) => {
    notes.push('Network Host means all that is public here: no job gets the network of its provider itself')
    return 'full'
  }
}

/** @throws NotConvertibleError */
export function networkOf(network: GoObject, notes: string[]): Network {
  const type = network.text('Type').toLowerCase()
  const make = TYPES[type]
  if (make === undefined || !Object.hasOwn(TYPES, type))
    throw new NotConvertibleError(
      network.path('Type'),
      `there is no network "${type.slice(0, 40)}"`,
      'use None, HTTP or Full',
      type
    )
  if (network.list('Ports').length > 0)
    throw new NotConvertibleError(
      network.path('Ports'),
      'nobody can connect to a job',
      'have the job write its results into files'
    )
  return make(network, notes)
}

function allowed(network: GoObject): Network {
  const domains = network.texts('Domains')
  const wild = domains.find(domain => domain.startsWith('.') || domain.includes('*'))
  if (wild !== undefined)
    throw new NotConvertibleError(
      network.path('Domains'),
      'whole domains cannot be allowed here',
      'name each host',
      wild
    )
  if (domains.length === 0) return undefined
  return {
    allow: domains.flatMap(domain => (domain.includes(':') ? [domain] : PORTS.map(port => `${domain}:${port}`)))
  }
}
