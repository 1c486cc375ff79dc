import { parseArgs } from 'node:util'
import { InvalidInputError } from '../../protocols/common/errors.ts'
import type { Benchmark } from '../../test/bench/measure.ts'

export interface BenchFlags {
  chosen: readonly Benchmark[]
  quick: boolean
  json: boolean
  help: boolean
  /** a folder with performance.jsonl, and with performance.md where its table is to be written too */
  into?: string
}

const FLAGS = {
  all: { type: 'boolean', about: 'the long ones too' },
  quick: { type: 'boolean', about: 'few samples, small sizes: whether they run' },
  json: { type: 'boolean', about: 'one figure a line' },
  into: {
    type: 'string',
    about:
      'keep the figures in DIR/performance.jsonl; `--into docs` writes the table and the curves of docs/performance.md too'
  },
  help: { type: 'boolean', about: 'this text' }
} as const

const WIDTH = 14

export function benchHelp(benchmarks: readonly Benchmark[]): string {
  const row = (name: string, about: string): string => `  ${name.padEnd(WIDTH)} ${about}`
  return [
    'npm run bench -- [NAME…] [flags]    measures; without a name all but the long ones (docs/performance.md)',
    '',
    ...Object.entries(FLAGS).map(([name, { type, about }]) =>
      row(`--${name}${type === 'string' ? ' DIR' : ''}`, about)
    ),
    '',
    ...benchmarks.map(b => row(b.name, b.isLong === true ? `${b.about} (long)` : b.about))
  ].join('\n')
}

/** @throws InvalidInputError */
export function readBenchFlags(args: readonly string[], benchmarks: readonly Benchmark[]): BenchFlags {
  const { values, positionals } = parsed(args)
  const unknown = positionals.find(name => !benchmarks.some(b => b.name === name))
  if (unknown !== undefined) {
    const limit = benchmarks.map(b => b.name).join(', ')
    throw new InvalidInputError(`no benchmark is called ${unknown}; there are: ${limit}`, { value: unknown, limit })
  }
  if (values.quick === true && values.into !== undefined) {
    throw new InvalidInputError('--quick measures nothing that should be kept', {
      field: 'into',
      remedy: 'leave out --quick'
    })
  }
  const isChosen = ({ name, isLong }: Benchmark): boolean =>
    positionals.length > 0 ? positionals.includes(name) : values.all === true || isLong !== true
  return {
    chosen: benchmarks.filter(isChosen),
    quick: values.quick === true,
    json: values.json === true,
    help: values.help === true,
    ...(values.into === undefined ? {} : { into: values.into })
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true })
  } catch (error) {
    throw new InvalidInputError(error instanceof Error ? error.message : String(error), { remedy: 'see --help' })
  }
}
