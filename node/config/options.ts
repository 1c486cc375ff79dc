import { DAEMON_OPTIONS } from './options/daemon.ts'
import { ENGINES_OPTIONS } from './options/engines.ts'
import { FAUCET_OPTIONS } from './options/faucet.ts'
import { MARKET_OPTIONS } from './options/market.ts'
import { NETWORK_OPTIONS } from './options/network.ts'
import type { Option } from './options/option.ts'
import type { Config } from './schema.ts'

export type { Option, OptionKind } from './options/option.ts'

export const OPTIONS: readonly Option[] = [
  ...NETWORK_OPTIONS,
  ...MARKET_OPTIONS,
  ...ENGINES_OPTIONS,
  ...DAEMON_OPTIONS,
  ...FAUCET_OPTIONS
]

export const optionByKey: ReadonlyMap<string, Option> = new Map(OPTIONS.map(o => [o.key, o]))

const words = (key: string): string[] => key.split(/\.|(?=[A-Z])/).map(w => w.toLowerCase())

/** `http.port` → `http-port` */
export const flagOf = (option: Option): string => option.flag ?? words(option.key).join('-')

/** `http.port` → `DCN_HTTP_PORT` */
export const envOf = (option: Option): string => `DCN_${flagOf(option).replaceAll('-', '_').toUpperCase()}`

/** The value at a dotted path. */
export function valueAt(config: Config, key: string): unknown {
  let here: unknown = config
  for (const part of key.split('.')) here = (here as Record<string, unknown> | undefined)?.[part]
  return here
}
