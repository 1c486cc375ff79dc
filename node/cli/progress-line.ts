import type { Context } from './context.ts'
import { clean } from './text.ts'

/** Goes to the first column and clears the line (ECMA-48). */
const FRESH = '\r\u001b[2K'

export interface ProgressLine {
  /** whether it is written over, so that old news leave no trace */
  readonly isLive: boolean
  /** what is going on now, in place of what was shown before */
  show(text: string): void
  /** the node is away for a moment */
  lost(): void
  clear(): void
}

/**
 * What is going on, in one line of a terminal that is written over; where that is no terminal or a dumb one, but progress is
 * wanted, a line for each change; nothing at all else. Never on stdout.
 */
export function progressLine({ io, json, verbose }: Pick<Context, 'io' | 'json' | 'verbose'>): ProgressLine {
  const isLive = io.isTty && !json && io.env['TERM'] !== 'dumb'
  const width = io.errColumns ?? 80
  let shown = ''
  return {
    isLive,
    show(text) {
      if (json || !verbose || text === shown) return
      shown = text
      const line = clean(text)
      io.stderr.write(isLive ? `${FRESH}${line.slice(0, width - 1)}` : `${line}\n`)
    },
    lost() {
      if (json) io.stdout.write(`${JSON.stringify({ event: 'lost' })}\n`)
      else io.stderr.write(`${isLive ? FRESH : ''}the node does not answer; trying again\n`)
    },
    clear() {
      if (isLive && shown !== '') io.stderr.write(FRESH)
      shown = ''
    }
  }
}
