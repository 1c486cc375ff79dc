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
  { key: 'log.format', kind: 'text', placeholder: 'FORMAT', fallback: 'text', description: 'text or json' }
]
