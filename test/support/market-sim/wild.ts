import { World } from '../deal/world.ts'
import { type MarketOptions, worldOf } from './options.ts'

/** A world in which much goes wrong at once; what and how much follows from the seed. */
export function wildWorld(seed: number, given: Partial<MarketOptions> = {}): MarketOptions {
  const dice = new World(seed + 1_000_000)
  const perMille = (most: number) => (dice.chance(0.5) ? 0 : dice.between(1, most))
  return worldOf({
    seed,
    seconds: 20,
    start: dice.chance(0.3) ? 'cold' : 'warm',
    lossPerMille: perMille(50),
    duplicatePerMille: perMille(50),
    breakPerMille: perMille(30),
    crashPerMille: perMille(5),
    failPerMille: perMille(50),
    churnPerMille: perMille(20),
    partition: dice.chance(0.2),
    ...(dice.chance(0.3) ? { lanes: dice.between(0, 2) } : {}),
    ...given
  })
}
