import type { Option } from './option.ts'

/** How a node spends, judges, stops, keeps its keys and says what it does. */
export const DAEMON_OPTIONS: readonly Option[] = [
  {
    key: 'autoDeposit',
    kind: 'boolean',
    placeholder: 'BOOL',
    fallback: true,
    description: 'move tokens from the wallet into the escrow when a deal needs them'
  },
  {
    key: 'mediator.seats',
    flag: 'seats',
    kind: 'number',
    placeholder: 'N',
    fallback: 1,
    description: 'seats in the court that a mediator takes by itself'
  },
  {
    key: 'board.serve',
    flag: 'board',
    kind: 'boolean',
    placeholder: 'true|false',
    fallback: false,
    description: 'with a seat in the court: do jobs that contracts ask for, and bring the results'
  },
  {
    key: 'board.minFee',
    kind: 'amount',
    placeholder: 'TOKENS',
    fallback: '0.01',
    description: 'the least fee for that; as much again for each 100,000 gas of a callback'
  },
  {
    key: 'mediator.judgements',
    flag: 'judgements',
    kind: 'number',
    placeholder: 'N',
    fallback: 2,
    description: 'most jobs that a mediator runs at the same time'
  },
  {
    key: 'drainSec',
    kind: 'number',
    placeholder: 'SECONDS',
    fallback: 30,
    description: 'how long Ctrl-C waits for running jobs'
  },
  {
    key: 'passphraseFile',
    kind: 'path',
    placeholder: 'FILE',
    description: 'file that holds the passphrase of the keys'
  },
  {
    key: 'insecureDevKeys',
    kind: 'boolean',
    placeholder: 'BOOL',
    fallback: false,
    description: 'keep keys without a passphrase, for tests only'
  },
  {
    key: 'log.level',
    kind: 'text',
    placeholder: 'LEVEL',
    fallback: 'info',
    description: 'silent, fatal, error, warn, info, debug, trace'
  },
  {
    key: 'log.format',
    kind: 'text',
    placeholder: 'FORMAT',
    fallback: 'text',
    description: 'text or json; a log file is always json'
  },
  {
    key: 'log.file',
    kind: 'path',
    placeholder: 'FILE',
    description: 'write the log here instead of to stderr'
  },
  {
    key: 'log.maxBytes',
    flag: 'log-max-size',
    kind: 'size',
    placeholder: 'SIZE',
    fallback: 10 * 2 ** 20,
    description: 'a log file of this size is put aside, and a new one begun'
  },
  {
    key: 'log.keep',
    kind: 'number',
    placeholder: 'N',
    fallback: 5,
    description: 'log files that were put aside and are kept'
  },
  {
    key: 'metrics.listen',
    kind: 'text',
    placeholder: 'ADDR:PORT',
    description: 'serve /metrics here too, without the token, such as 127.0.0.1:9464'
  }
]
