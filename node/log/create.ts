import { type Logger, pino } from 'pino'
import { clean } from '../../protocols/common/clean.ts'
import { messageOf } from '../../protocols/common/errors.ts'
import type { Config } from '../config/schema.ts'
import { openLogFile } from './file.ts'
import { Scrubber } from './scrub.ts'

const LEVELS: Record<number, string> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' }
const HIDDEN = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'component'])
/** Fields that are never logged, here and one level down. */
const SECRET_FIELDS = ['token', 'passphrase', 'secret', 'seed', 'privateKey', 'authorization', 'invite']

export type LogLevel = Config['log']['level']

export interface NodeLog {
  log: Logger
  /** from now on no line shows this */
  hide(secret: string | Uint8Array): void
  setLevel(level: LogLevel): void
  /** resolves when all is written */
  close(): Promise<void>
}

/** The node's own log, to a file or to `write`: one JSON object a line, or, for a terminal, a line a person reads. */
export function createLog(config: Config['log'], write: (line: string) => void): NodeLog {
  const { level, format, file, maxBytes, keep } = config
  const scrubber = new Scrubber()
  const onError = (message: string): void => write(`${message}\n`)
  const kept = file === undefined ? undefined : openLogFile({ path: file, maxBytes, keep, onError })
  const isJson = format === 'json' || kept !== undefined
  const target = kept === undefined ? write : (line: string) => kept.write(line)
  const destination = {
    write: (line: string) => target(scrubber.clean(isJson ? line : `${readable(line)}\n`))
  }
  const log = pino(
    {
      level,
      base: null,
      serializers: { error: errorFields },
      redact: { paths: SECRET_FIELDS.flatMap(name => [name, `*.${name}`]), censor: '[hidden]' }
    },
    destination
  )
  return {
    log,
    hide: secret => scrubber.hide(secret),
    setLevel(wanted) {
      log.level = wanted
    },
    close: async () => await kept?.close()
  }
}

function readable(line: string): string {
  const entry = JSON.parse(line) as Record<string, unknown> & { time: number; level: number; msg?: string }
  const time = new Date(entry.time).toISOString().slice(11, 23)
  const fields = Object.entries(entry).filter(([key]) => !HIDDEN.has(key))
  const shown = fields.map(([key, value]) => `${key}=${clean(key === 'error' ? errorText(value) : textOf(value))}`)
  const of = typeof entry['component'] === 'string' ? `${entry['component']}: ` : ''
  return `${time} ${(LEVELS[entry.level] ?? '').padEnd(5)} ${of}${clean(entry.msg ?? '')} ${shown.join(' ')}`.trimEnd()
}

interface ErrorFields {
  name?: string
  message: string
}

/** Many parts log the message alone: then there is no name. */
const errorFields = (error: unknown): ErrorFields =>
  error instanceof Error ? { name: error.name, message: messageOf(error) } : { message: messageOf(error) }

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** `TypeError: no`; pino gives what `errorFields` made of it. */
function errorText(value: unknown): string {
  const { name, message } = (typeof value === 'object' && value !== null ? value : {}) as Partial<ErrorFields>
  if (message === undefined) return textOf(value)
  return name === undefined ? message : `${name}: ${message}`
}
