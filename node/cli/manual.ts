import type { Command } from 'commander'

/** What a page says beyond its options and examples, by command. */
interface Page {
  about?: string
  files?: string
  exits?: readonly string[]
  /** beside what all commands of its kind read */
  environment?: readonly string[]
  seeAlso: readonly string[]
}

const FOLLOWS = [
  '0    done, and the program of the job ended with 0',
  '1    the job failed, or its program ended with another code',
  '2    usage: a flag, a file or an id is wrong',
  '3    nobody could run it within the bid',
  '4    no node, peer or chain answers',
  '5    not enough tokens or gas, or a contract refused',
  '130  interrupted before anything was submitted'
]
const ASKS = ['0  done', '2  usage: a flag, a file or an id is wrong', '4  no node answers, or it cannot reach a chain']
const PAYS = [...ASKS, '5  not enough tokens or gas, or a contract refused']
const LOCAL = ['0  done', '1  it does not hold, or something of this machine failed', '2  usage']
const SEVERAL = `With --count or --matrix one command submits several jobs as a group. Each has DCN_JOB_INDEX (from 0 on) and
DCN_JOB_COUNT in its environment, with --matrix also its values; {KEY} in an argument is replaced by the value.
The exit code is then the highest of all jobs. --out makes a directory for each, by number. Ctrl-C leaves what was
submitted running; "dcn job wait NAME" comes back to it, the same command with the same --name submits the rest.`
const RUN_FILES = 'DATA-DIR/jobs/ID/  specification, result, receipt and logs of a job'
const JOBS = ['dcn job list', 'dcn job show', 'dcn job wait', 'dcn job why']

const PAGES: Record<string, Page> = {
  run: { about: SEVERAL, files: RUN_FILES, seeAlso: ['dcn rank', 'docs/jobs.md', ...JOBS] },
  convert: {
    about: 'What a specification has no place for, such as a name or a count, stands above it as comments.',
    exits: LOCAL,
    seeAlso: ['dcn run', 'dcn module lint', 'docs/bacalhau.md']
  },
  'module show': { seeAlso: ['dcn run', 'dcn module lint', 'docs/modules.md'] },
  'module lint': {
    exits: ['0  nothing wrong, or only with some values', '1  it would never run', '2  usage', '4  no node answers'],
    seeAlso: ['dcn run', 'dcn module show', 'docs/modules.md']
  },
  'module publish': {
    about: `A name belongs to the account that publishes under it first. A version is never changed: publish another, and yank what
should not be taken. Where the network has no chain, only the node of its owner publishes.`,
    exits: PAYS,
    seeAlso: ['dcn module lint', 'dcn module yank', 'docs/modules.md']
  },
  'module search': { seeAlso: ['dcn module list', 'dcn module show', 'docs/modules.md'] },
  'module list': { seeAlso: ['dcn module search', 'dcn module show', 'docs/modules.md'] },
  'module yank': { exits: PAYS, seeAlso: ['dcn module list', 'docs/modules.md'] },
  'js run': { about: SEVERAL, files: RUN_FILES, seeAlso: ['dcn js map', 'docs/engines.md', ...JOBS] },
  'js map': {
    exits: ['0  every value has a result', '1  a value failed', '2  usage'],
    seeAlso: ['dcn js run', 'docs/engines.md']
  },
  'wasm run': { about: SEVERAL, files: RUN_FILES, seeAlso: ['docs/engines.md', ...JOBS] },
  'docker run': { about: SEVERAL, files: RUN_FILES, seeAlso: ['dcn image push', 'docs/engines.md', ...JOBS] },
  'image push': { seeAlso: ['dcn docker run', 'dcn image list', 'docs/images.md'] },
  'image list': { seeAlso: ['dcn image push', 'docs/images.md'] },
  'image remove': { seeAlso: ['dcn image list', 'docs/images.md'] },
  'job list': { seeAlso: ['dcn job show', 'dcn job wait'] },
  'job show': { seeAlso: ['dcn job why', 'dcn job logs', 'dcn job get'] },
  'job logs': { seeAlso: ['dcn job wait', 'dcn job get'] },
  'job get': { seeAlso: ['dcn job show', 'dcn receipt verify'] },
  'job wait': { exits: FOLLOWS, seeAlso: ['dcn run', 'dcn job logs', 'dcn job cancel'] },
  'job accept': { seeAlso: ['dcn dispute', 'docs/court.md'] },
  'job cancel': {
    about: 'A job that is not under way ends for nothing. One that runs is stopped at its provider and paid for.',
    seeAlso: ['dcn job wait', 'dcn job why']
  },
  'job why': { seeAlso: ['dcn rank', 'dcn offers', 'dcn job show'] },
  dispute: { exits: PAYS, seeAlso: ['dcn job accept', 'dcn seat list', 'docs/court.md'] },
  'receipt verify': { exits: LOCAL, seeAlso: ['dcn job get', 'docs/receipt.md'] },
  'board request': {
    about:
      'Pays bid and fee from the wallet of the node, on chain. What the deal does not cost, or all of it after the timeout, comes back.',
    exits: PAYS,
    seeAlso: ['dcn board watch', 'dcn board cancel', 'docs/board.md']
  },
  'board list': { seeAlso: ['dcn board show', 'docs/board.md'] },
  'board show': { seeAlso: ['dcn board watch', 'docs/board.md'] },
  'board watch': {
    exits: ['0  the result is there', '1  its time is over, or there is no majority', ...ASKS.slice(1)],
    seeAlso: ['dcn board show', 'dcn board cancel', 'docs/board.md']
  },
  'board cancel': { exits: PAYS, seeAlso: ['dcn board show', 'docs/board.md'] },
  'board withdraw': { exits: PAYS, seeAlso: ['dcn board list', 'docs/board.md'] },
  'seat list': { seeAlso: ['dcn seat take', 'docs/mediator.md'] },
  'seat take': { exits: PAYS, seeAlso: ['dcn seat list', 'dcn seat leave', 'docs/mediator.md'] },
  'seat leave': { exits: PAYS, seeAlso: ['dcn seat list', 'docs/mediator.md'] },
  'seat status': { seeAlso: ['dcn seat list', 'docs/mediator.md'] },
  rank: {
    exits: [...ASKS.slice(0, 2), '3  nobody would run it', ...ASKS.slice(2)],
    seeAlso: ['dcn offers', 'dcn run', 'docs/matching.md']
  },
  offers: { seeAlso: ['dcn rank', 'docs/offers.md'] },
  'verify-match': {
    exits: ['0  holds', '1  fails', '2  usage', '4  no node or chain answers', '6  not provable'],
    seeAlso: ['dcn deals', 'docs/matching.md']
  },
  peers: { seeAlso: ['dcn doctor', 'dcn node'] },
  deals: { seeAlso: ['dcn job list', 'docs/deal.md'] },
  'wallet show': { seeAlso: ['dcn wallet history', 'dcn wallet deposit'] },
  'wallet history': { seeAlso: ['dcn wallet show'] },
  'wallet deposit': { exits: PAYS, seeAlso: ['dcn wallet show', 'dcn wallet withdraw'] },
  'wallet withdraw': { exits: PAYS, seeAlso: ['dcn wallet show', 'dcn wallet deposit'] },
  'wallet new': {
    files: 'DATA-DIR/keys/account.json  the key, sealed by its passphrase',
    exits: LOCAL,
    environment: ['DCN_PASSPHRASE'],
    seeAlso: ['dcn wallet import']
  },
  'wallet import': {
    files: 'DATA-DIR/keys/account.json  the key, sealed by its passphrase',
    exits: LOCAL,
    environment: ['DCN_PASSPHRASE', 'DCN_IMPORT_PASSPHRASE'],
    seeAlso: ['dcn wallet new']
  },
  'network deploy': { seeAlso: ['dcn network verify', 'docs/production.md'] },
  'network verify': { seeAlso: ['dcn network deploy', 'docs/production.md'] },
  'faucet claim': {
    about: 'Finds the answer to the challenge of the faucet here, where it asks for work; a second or two.',
    exits: [...ASKS, '5  enough was given for now, or the faucet is empty'],
    seeAlso: ['dcn faucet status', 'dcn wallet deposit', 'docs/faucet.md']
  },
  'faucet status': { seeAlso: ['dcn faucet claim', 'docs/faucet.md'] },
  'faucet deploy': {
    exits: PAYS,
    files: 'DATA-DIR/faucet/  what was signed, so that a run that failed goes on',
    environment: ['DCN_PASSPHRASE'],
    seeAlso: ['dcn network deploy', 'docs/faucet.md']
  },
  node: { files: 'DATA-DIR/api.json  address and token of a node that runs', seeAlso: ['dcn doctor', 'dcn peers'] },
  'node status': { seeAlso: ['dcn node', 'dcn job list', 'dcn doctor'] },
  'node drain': {
    exits: ['0  no new deals are taken', '1  somebody has called it off', ...ASKS.slice(1)],
    seeAlso: ['dcn node resume', 'dcn node stop']
  },
  'node resume': { seeAlso: ['dcn node drain'] },
  'node stop': { seeAlso: ['dcn node drain', 'dcn-node --help'] },
  doctor: {
    exits: ['0  all is well', '1  something is not', '2  usage', '4  no node answers'],
    seeAlso: ['dcn node', 'dcn config']
  },
  config: {
    about: `Flags win over variables, these over the file, the file over defaults. Without --config and DCN_CONFIG the file is
node.yaml of the data directory, where it is there. Nothing is started and nothing changed. "--init" without a name
prints a whole file of settings instead, each with its meaning and default, commented out.`,
    files: `DATA-DIR/node.yaml  settings of the node that keeps its data there
  FILE                what --init --out writes; never over another`,
    exits: LOCAL.filter(line => !line.startsWith('1')),
    environment: ['DCN_CONFIG', 'DCN_… for every setting'],
    seeAlso: ['dcn-node --help', 'docs/cli.md']
  },
  completion: { seeAlso: ['docs/cli.md'] }
}

const DAEMON: Page & { about: string; files: string; exits: readonly string[] } = {
  about: `Prints who it is, where it listens, what it offers and for how much, and what is wrong, then runs until Ctrl-C: no new
deals, running work has --drain-sec to finish. A second Ctrl-C stops at once. Nothing is lost either way.

At its first start it makes two keys and asks for a passphrase. Where nothing names a network and there is no file of
settings, a terminal is asked a few questions, and the answers are kept in DATA-DIR/node.yaml; without a terminal, or with
--json, it ends and says what to give.

Settings: flags win over variables, these over the file, the file over defaults ("dcn config" shows which). Every flag is also
a variable (--http-port: DCN_HTTP_PORT) and a key of the file (http.port). A list is given with commas, or by repeating its
flag. Sizes and cores take units (8GiB, 0.5); prices are whole tokens.`,
  files: `DATA-DIR/node.yaml     settings, read unless another file is named
  DATA-DIR/network.json  the network that was joined
  DATA-DIR/keys/         the account, sealed by its passphrase, and the peer key
  DATA-DIR/journal.db    deals and jobs under way
  DATA-DIR/api.json      address and token of the API, while it runs`,
  exits: [
    '0    stopped, by Ctrl-C or "dcn node stop"',
    '1    something of this machine failed',
    '2    usage: a setting does not fit or is missing, a key cannot be opened, the data directory is in use',
    '4    no chain or peer answers that it cannot start without',
    '5    not enough tokens or gas, or a contract refused',
    '130  the questions of the first start were left, or a second Ctrl-C'
  ],
  environment: ['DCN_CONFIG', 'DCN_PASSPHRASE', 'DCN_… for every setting'],
  seeAlso: ['dcn config', 'dcn doctor', 'dcn node status', 'dcn network create', 'docs/operating.md']
}

/** What the help of `dcn-node` says below its options and examples. */
export function daemonManual(): string {
  const { about, exits, files, environment = [], seeAlso } = DAEMON
  return `\n\n${tail({ about, exits, files, environment, seeAlso }).slice(1).join('\n')}`
}

/** The options of a command tell what it is. */
const has = (command: Command, flag: string): boolean => command.options.some(option => option.long === flag)

/** Exit codes, files, environment and related commands, below the options and examples of a command that runs. */
export function addManual(command: Command, path: readonly string[]): void {
  const page = PAGES[path.join(' ')]
  const speaks = has(command, '--node')
  const exits = page?.exits ?? (has(command, '--detach') ? FOLLOWS : speaks ? ASKS : LOCAL)
  const environment = [
    ...(speaks ? ['DCN_DATA_DIR', 'DCN_NODE', 'DCN_TOKEN_FILE', 'DCN_TOKEN'] : []),
    ...(page?.environment ?? [])
  ]
  command.addHelpText('after', tail({ ...page, exits, environment }).join('\n'))
}

function tail({ about, exits = [], files, environment = [], seeAlso }: Partial<Page>): string[] {
  return [
    ...(about === undefined ? [] : ['', about]),
    '',
    'Exit codes:',
    ...exits.map(line => `  ${line}`),
    ...(files === undefined ? [] : ['', 'Files:', `  ${files}`]),
    '',
    ...(environment.length === 0 ? [] : [`Environment: ${environment.join(', ')}`]),
    ...(seeAlso === undefined ? [] : [`See also: ${seeAlso.join(', ')}`])
  ]
}

/** Every command that has a page, for the test that none is missing and none is too many. */
export const MANUAL_PAGES: ReadonlySet<string> = new Set(Object.keys(PAGES))
