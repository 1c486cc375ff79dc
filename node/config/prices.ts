import { parseAmount } from '../../protocols/common/units.ts'
import type { Price } from '../../protocols/offers/schema.ts'
import type { Config } from './schema.ts'

/**
 * The configured prices in the token's smallest unit.
 *
 * @throws InvalidInputError when a price has more decimals than the token
 */
export function toPrice(prices: Config['prices'], decimals: number): Price {
  const units = (name: keyof Config['prices']): bigint => parseAmount(prices[name], decimals, `prices.${name}`)
  return {
    perJob: units('perJob'),
    perCpuHour: units('perCpuHour'),
    perGiBHour: units('perGiBHour'),
    perDiskGiBHour: units('perDiskGiBHour'),
    perGpuHour: units('perGpuHour')
  }
}
