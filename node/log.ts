import { pino } from 'pino'
import { messageOf } from '../protocols/common/errors.ts'
import type { Log } from './components.ts'
import type { Config } from './config/schema.ts'

const LEVELS: Record<number, string> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' }
const HIDDEN = new Set(['level', 'time', 'msg', 'pid', 'hostname'])

/** The node's own log, to `write`: one JSON object a line, or a line a person reads. */
export function createLog(config: Config['log'], write: (line: string) => void): Log {
  const destination = { write: config.format === 'json' ? write : (line: string) => write(`${readable(line)}\n`) }
  const serializers = { error: (error: unknown) => ({ name: nameOf(error), message: messageOf(error) }) }
  return pino({ level: config.level, base: null, serializers }, destination)
}

function readable(line: string): string {
  const entry = JSON.parse(line) as Record<string, unknown> & { time: number; level: number; msg?: string }
  const time = new Date(entry.time).toISOString().slice(11, 23)
  const fields = Object.entries(entry).filter(([key]) => !HIDDEN.has(key))
  const shown = fields.map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return `${time} ${(LEVELS[entry.level] ?? '').padEnd(5)} ${entry.msg ?? ''} ${shown.join(' ')}`.trimEnd()
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error)
