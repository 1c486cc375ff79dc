import { InvalidInputError } from '../../../../protocols/common/errors.ts'
import { formatAmount, parseAmount } from '../../../../protocols/common/units.ts'
import { MAX_AMOUNT } from '../../../../protocols/common/values.ts'

/** What cannot be changed after a deployment. Amounts in the token's smallest unit. */
export interface DeploySettings {
  /** the shortest window that a deal may have */
  minWindowSec: number
  /** the least that a seat of a committee is paid */
  minSeatFee: bigint
  seatStake: bigint
  revealWindowSec: number
  appealWindowSec: number
  /** from taking a seat until disputes that begin then may draw it */
  activationSec: number
  exitDelaySec: number
}

/** The same as people give it: amounts in whole tokens. */
export type GivenSettings = Omit<DeploySettings, 'minSeatFee' | 'seatStake'> & { minSeatFee: string; seatStake: string }

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/**
 * By kind of network. dev: a dispute fits a test. private: members know each other and answer within hours. public: a party may be
 * asleep, and a seat's stake is at risk for longer than a chain's reorganisations and outages last.
 */
const PROFILES = {
  dev: {
    minWindowSec: 1,
    minSeatFee: '0.001',
    seatStake: '10',
    revealWindowSec: 30,
    appealWindowSec: 30,
    activationSec: 0,
    exitDelaySec: MINUTE
  },
  private: {
    minWindowSec: MINUTE,
    minSeatFee: '0.01',
    seatStake: '10',
    revealWindowSec: 30 * MINUTE,
    appealWindowSec: HOUR,
    activationSec: HOUR,
    exitDelaySec: 2 * DAY
  },
  public: {
    minWindowSec: 2 * MINUTE,
    minSeatFee: '0.1',
    seatStake: '100',
    revealWindowSec: 2 * HOUR,
    appealWindowSec: DAY,
    activationSec: DAY,
    exitDelaySec: 7 * DAY
  }
} as const satisfies Record<string, GivenSettings>

export type ProfileName = keyof typeof PROFILES
export const PROFILE_NAMES = Object.keys(PROFILES) as ProfileName[]

/** A seat risks 3 fees in a dispute: with less than 16 times that, a few disputes at once would empty the draw. */
export const MIN_STAKE_FEES = 48n
const MAX_WINDOW_SEC = 30 * DAY
const WINDOWS = ['minWindowSec', 'revealWindowSec', 'appealWindowSec', 'activationSec', 'exitDelaySec'] as const

/**
 * The settings of a profile for a token, with some of them given in its stead.
 *
 * @throws InvalidInputError naming the setting
 */
export function settingsOf(
  profile: ProfileName,
  decimals: number,
  changes: Partial<GivenSettings> = {}
): DeploySettings {
  const given: GivenSettings = { ...PROFILES[profile], ...changes }
  const settings: DeploySettings = {
    ...given,
    minSeatFee: parseAmount(given.minSeatFee, decimals, 'minSeatFee'),
    seatStake: parseAmount(given.seatStake, decimals, 'seatStake')
  }
  check(settings, decimals)
  return settings
}

function check(settings: DeploySettings, decimals: number): void {
  for (const field of WINDOWS) {
    const min = field === 'activationSec' ? 0 : 1
    const value = settings[field]
    if (Number.isInteger(value) && value >= min && value <= MAX_WINDOW_SEC) continue
    throw new InvalidInputError(`${field}: expected ${min} to ${MAX_WINDOW_SEC} seconds`, {
      field,
      value,
      limit: `${min} to ${MAX_WINDOW_SEC}`
    })
  }
  const { minSeatFee, seatStake } = settings
  if (minSeatFee < 1n || minSeatFee > MAX_AMOUNT) {
    throw new InvalidInputError('minSeatFee: expected more than nothing: a seat must have something to lose', {
      field: 'minSeatFee',
      value: minSeatFee
    })
  }
  const least = MIN_STAKE_FEES * minSeatFee
  if (seatStake >= least && seatStake <= MAX_AMOUNT) return
  throw new InvalidInputError(`seatStake: expected at least ${MIN_STAKE_FEES} seat fees`, {
    field: 'seatStake',
    value: formatAmount(seatStake, decimals),
    limit: `at least ${formatAmount(least, decimals)}`,
    remedy: 'choose a larger stake, or a smaller least seat fee'
  })
}
