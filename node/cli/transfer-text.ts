import type { TransferEvent } from './follow.ts'
import { short, size } from './text.ts'

/** An estimate needs some seconds of transfer, or it jumps about. */
const ESTIMATE_AFTER_MS = 3_000
/** Nobody waits for more than that, and a provider may name any number. */
const ESTIMATE_MAX_MS = 99 * 3_600_000

/** How a transfer is going, in words: what has been moved of how much, how fast, and on a terminal for how long still. */
export function transferText({
  isLive
}: {
  isLive: boolean
}): (transfer: TransferEvent, provider: string | undefined) => string {
  let first: TransferEvent | undefined
  let last: TransferEvent | undefined
  return (transfer, provider) => {
    // another thing, or the same from its beginning
    if (last?.what !== transfer.what || transfer.bytes < last.bytes) [first, last] = [undefined, undefined]
    first ??= transfer
    const rate = last === undefined ? '' : rateOf(last, transfer)
    const left = isLive ? leftOf(first, transfer) : ''
    last = transfer
    const { bytes, totalBytes } = transfer
    const moved = `${size(bytes)}${totalBytes === undefined || totalBytes < bytes ? '' : ` of ${size(totalBytes)}`}`
    // who it is comes last: a narrow terminal cuts the end
    const [name, where] = TEXTS[transfer.what]
    return `${name.padEnd(10)}${moved}${rate}${left}${where === undefined ? '' : `, ${where} ${short(provider)}`}`
  }
}

const TEXTS: Readonly<Record<TransferEvent['what'], readonly [name: string, where?: string]>> = {
  inputs: ['inputs', 'sent to'],
  image: ['image', 'fetched by'],
  prepare: ['unpacking', 'at'],
  results: ['received']
}

function rateOf(last: TransferEvent, { bytes, at }: TransferEvent): string {
  return at <= last.at ? '' : `, ${size(Math.round((1000 * (bytes - last.bytes)) / (at - last.at)))}/s`
}

/** By the average so far. */
function leftOf(first: TransferEvent, { bytes, totalBytes = 0, at }: TransferEvent): string {
  if (at - first.at < ESTIMATE_AFTER_MS || bytes <= first.bytes || bytes >= totalBytes) return ''
  const ms = ((totalBytes - bytes) * (at - first.at)) / (bytes - first.bytes)
  return ms > ESTIMATE_MAX_MS ? '' : `, ${about(ms)} left`
}

const UNITS = [
  ['s', 1_000],
  ['min', 60_000],
  ['h', 3_600_000]
] as const

/** Whole units, the largest of which there are two: an estimate is no more exact. */
function about(ms: number): string {
  const [unit, unitMs] = UNITS.findLast(([, one]) => ms >= 2 * one) ?? UNITS[0]
  return `${Math.ceil(ms / unitMs)} ${unit}`
}
