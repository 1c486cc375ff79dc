import { once } from 'node:events'
import type { Command } from 'commander'
import { InvalidInputError } from '../../../protocols/common/errors.ts'
import { parseDuration, parseSize } from '../../../protocols/common/units.ts'
import { absolute } from '../../config/convert.ts'
import { type SlicePoolInit, type SliceResult, slicePool } from '../../engines/slices/index.ts'
import { command } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import type { Io } from '../io.ts'
import { readProgram } from '../js-program.ts'
import { readLines } from '../read-lines.ts'
import { clean } from '../text.ts'
import type { Finish } from './types.ts'

interface MapOptions {
  slices: string
  entry?: string
  jobs?: string
  timeout?: string
  memory?: string
  attempts?: string
  json?: boolean
}

export function jsMapCommand(io: Io, finish: Finish): Command {
  return command('map', 'call a function for every line of a file, in sandboxes on this machine; needs no node', [
    'dcn js map square.mjs --slices numbers.ndjson > squares.ndjson',
    'seq 1 100000 | dcn js map square.mjs --slices - --jobs 2'
  ])
    .argument(
      '<file>',
      'module whose default export is called with (value, { index }); what it imports is bundled with it'
    )
    .requiredOption('--slices <file>', 'values, one JSON text per line; - for stdin')
    .option('--entry <name>', 'the export to call (default: default)')
    .option('--jobs <n>', 'sandboxes, each a process (default: one per core)')
    .option('--timeout <time>', 'longest time for one value (default 10s)')
    .option('--memory <size>', 'memory of a sandbox (default 256MiB)')
    .option('--attempts <n>', 'how often a value that fails is tried (default 1)')
    .action((file: string, options: MapOptions) => finish(jsMap(file, options, io), options))
}

/** Results as NDJSON in the order of the values; a value that failed is `null` there and named on stderr. */
export async function jsMap(file: string, options: MapOptions, io: Io): Promise<ExitCode> {
  const values = readLines(options.slices === '-' ? io.stdin : absolute(options.slices, io.cwd))
  const attempts = wholeNumber('attempts', options.attempts ?? '1')
  await using pool = await slicePool(await poolInit(file, options, io), { signal: io.signal })
  let failed = 0
  for await (const result of pool.map(values, { signal: io.signal, attempts })) {
    if (!result.ok) failed += 1
    if (!result.ok && options.json !== true) io.stderr.write(`value ${result.index + 1}: ${failureText(result)}\n`)
    const isTaken = io.stdout.write(`${JSON.stringify(options.json === true ? lineOf(result) : plain(result))}\n`)
    if (!isTaken) await once(io.stdout, 'drain', { signal: io.signal })
  }
  if (failed > 0 && options.json !== true) io.stderr.write(`${failed} failed\n`)
  return failed === 0 ? EXIT.done : EXIT.failed
}

async function poolInit(file: string, options: MapOptions, io: Io): Promise<SlicePoolInit> {
  const { entry, jobs, timeout, memory } = options
  return {
    ...(jobs === undefined ? {} : { workers: wholeNumber('jobs', jobs) }),
    ...(timeout === undefined ? {} : { sliceMs: parseDuration(timeout, 'timeout') }),
    ...(memory === undefined ? {} : { memoryBytes: parseSize(memory, 'memory') }),
    ...(entry === undefined ? {} : { entry }),
    source: await readProgram(absolute(file, io.cwd)),
    onLog: (_stream, bytes) => void io.stderr.write(clean(Buffer.from(bytes).toString('utf8'), true))
  }
}

const plain = (result: SliceResult): unknown => (result.ok ? result.value : null)

const lineOf = (result: SliceResult): object =>
  result.ok ? { index: result.index, value: result.value } : { index: result.index, error: result.error.toJSON() }

function failureText({ error }: SliceResult & { ok: false }): string {
  return `${error.reason}: ${clean(error.message.split('\n')[0] ?? '')}`
}

function wholeNumber(field: string, text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new InvalidInputError(`--${field}: expected a whole number from 1 on`, {
    field,
    value: text,
    limit: '1 to 9999',
    remedy: 'give a number in this range'
  })
}
