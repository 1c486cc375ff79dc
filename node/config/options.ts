import type { Config } from './schema.ts'

/** How the text of a flag or an environment variable becomes a value; files may give the value or this text. */
export type OptionKind =
  | 'text'
  | 'amount'
  | 'number'
  | 'cpu'
  | 'size'
  | 'boolean'
  | 'list'
  | 'labels'
  | 'path'
  | 'network'

/** One row per setting: the only source for parsing, `--help`, `dcn config` and docs/cli.md. */
export interface Option {
  /** path in the configuration file: `http.port` */
  key: string
  kind: OptionKind
  /** what stands for the value in help */
  placeholder: string
  /** without it the setting is simply absent */
  fallback?: unknown
  description: string
  /** when the flag's name is not the key's */
  flag?: string
}

/** Kept on the loopback interface until the operator says otherwise. */
const LOOPBACK = '127.0.0.1'
const GIB = 2 ** 30

export const OPTIONS: readonly Option[] = [
  {
    key: 'roles',
    flag: 'role',
    kind: 'list',
    placeholder: 'ROLE,…',
    fallback: ['creator'],
    description: 'what this node does: provider, creator, mediator, relay'
  },
  {
    key: 'network',
    kind: 'network',
    placeholder: 'FILE|INVITE',
    description: 'network to join: a file or a line dcn1…'
  },
  { key: 'init', kind: 'text', placeholder: 'NAME', description: 'create a private network of this name' },
  {
    key: 'rpc',
    kind: 'list',
    placeholder: 'URL,…',
    fallback: [],
    description: 'RPC addresses of the chain to settle on, the best first; asked before those of the network file'
  },
  { key: 'escrow', kind: 'text', placeholder: 'ADDRESS', description: 'escrow contract, with --init and --rpc' },
  {
    key: 'dataDir',
    kind: 'path',
    placeholder: 'DIR',
    fallback: '~/.dcn',
    description: 'where this node keeps everything'
  },
  {
    key: 'listen',
    kind: 'list',
    placeholder: 'ADDR,…',
    fallback: ['/ip4/0.0.0.0/tcp/0'],
    description: 'multiaddrs to listen on; give a relay a fixed port'
  },
  {
    key: 'announce',
    kind: 'list',
    placeholder: 'ADDR,…',
    fallback: [],
    description: 'multiaddrs told to others instead of the ones listened on'
  },
  { key: 'http.host', kind: 'text', placeholder: 'HOST', fallback: LOOPBACK, description: 'address of the local API' },
  {
    key: 'http.port',
    kind: 'number',
    placeholder: 'PORT',
    fallback: 0,
    description: 'port of the local API; 0 picks one'
  },
  {
    key: 'prices.perJob',
    flag: 'price-job',
    kind: 'amount',
    placeholder: 'TOKENS',
    fallback: '0.001',
    description: 'asked for each job'
  },
  {
    key: 'prices.perCpuHour',
    flag: 'price-cpu-hour',
    kind: 'amount',
    placeholder: 'TOKENS',
    fallback: '0.01',
    description: 'asked for one core for an hour'
  },
  {
    key: 'prices.perGiBHour',
    flag: 'price-gib-hour',
    kind: 'amount',
    placeholder: 'TOKENS',
    fallback: '0.002',
    description: 'asked for one GiB of memory for an hour'
  },
  {
    key: 'prices.perDiskGiBHour',
    flag: 'price-disk-gib-hour',
    kind: 'amount',
    placeholder: 'TOKENS',
    fallback: '0.0001',
    description: 'asked for one GiB of disk for an hour'
  },
  {
    key: 'prices.perGpuHour',
    flag: 'price-gpu-hour',
    kind: 'amount',
    placeholder: 'TOKENS',
    fallback: '1',
    description: 'asked for one GPU for an hour'
  },
  {
    key: 'terms.collateralPercent',
    kind: 'number',
    placeholder: 'PERCENT',
    fallback: 100,
    description: 'collateral a provider puts up, in percent of the price'
  },
  {
    key: 'terms.submitBaseSec',
    kind: 'number',
    placeholder: 'SECONDS',
    fallback: 120,
    description: 'time to deliver, on top of twice the timeout of the job'
  },
  {
    key: 'terms.reviewSec',
    kind: 'number',
    placeholder: 'SECONDS',
    fallback: 300,
    description: 'time the creator has to accept before silence does'
  },
  {
    key: 'capacity.cpuMillis',
    flag: 'capacity-cpu',
    kind: 'cpu',
    placeholder: 'CORES',
    description: 'cores to offer (default: all)'
  },
  {
    key: 'capacity.memoryBytes',
    flag: 'capacity-memory',
    kind: 'size',
    placeholder: 'SIZE',
    description: 'memory to offer (default: what the host has)'
  },
  {
    key: 'capacity.diskBytes',
    flag: 'capacity-disk',
    kind: 'size',
    placeholder: 'SIZE',
    description: 'disk to offer (default: what is free)'
  },
  { key: 'capacity.gpus', kind: 'number', placeholder: 'N', description: 'GPUs to offer (default: all)' },
  {
    key: 'offerGpu',
    kind: 'list',
    placeholder: 'GPU,…',
    description: 'which GPUs to offer: ids (GPU-…, MIG-…), beginnings of ids, or numbers (default: all)'
  },
  { key: 'capacity.jobs', kind: 'number', placeholder: 'N', fallback: 16, description: 'most jobs at the same time' },
  {
    key: 'creators.allow',
    flag: 'allow-creator',
    kind: 'list',
    placeholder: 'ACCOUNT,…',
    fallback: [],
    description: 'take jobs of these accounts only'
  },
  {
    key: 'creators.deny',
    flag: 'deny-creator',
    kind: 'list',
    placeholder: 'ACCOUNT,…',
    fallback: [],
    description: 'take no jobs of these accounts'
  },
  {
    key: 'engines',
    kind: 'list',
    placeholder: 'ENGINE,…',
    fallback: ['docker', 'js', 'wasm'],
    description: 'engines to use where the host has them: docker, js, wasm, noop'
  },
  {
    key: 'docker.socket',
    kind: 'path',
    placeholder: 'PATH',
    fallback: '/var/run/docker.sock',
    description: 'socket of the Docker engine'
  },
  { key: 'docker.runtime', kind: 'text', placeholder: 'NAME', description: 'runtime of containers: runc, runsc, kata' },
  {
    key: 'docker.networks',
    flag: 'job-networks',
    kind: 'list',
    placeholder: 'NETWORK,…',
    fallback: ['allow'],
    description:
      'networks that jobs of others may have: none, allow (the places a job names, by a proxy), full (all that is public)'
  },
  {
    key: 'docker.imageQuotaBytes',
    flag: 'image-quota',
    kind: 'size',
    placeholder: 'SIZE',
    fallback: 20 * GIB,
    description: 'most that container images which came by CID may take'
  },
  {
    key: 'labels',
    flag: 'label',
    kind: 'labels',
    placeholder: 'KEY=VALUE,…',
    fallback: {},
    description: 'what jobs can ask for, such as region=eu'
  },
  {
    key: 'storage.quotaBytes',
    flag: 'storage-quota',
    kind: 'size',
    placeholder: 'SIZE',
    fallback: 20 * GIB,
    description: 'most the content store may hold'
  },
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

export const optionByKey: ReadonlyMap<string, Option> = new Map(OPTIONS.map(o => [o.key, o]))

const words = (key: string): string[] => key.split(/\.|(?=[A-Z])/).map(w => w.toLowerCase())

/** `http.port` → `http-port` */
export const flagOf = (option: Option): string => option.flag ?? words(option.key).join('-')

/** `http.port` → `DCN_HTTP_PORT` */
export const envOf = (option: Option): string => `DCN_${flagOf(option).replaceAll('-', '_').toUpperCase()}`

/** The value at a dotted path. */
export function valueAt(config: Config, key: string): unknown {
  let here: unknown = config
  for (const part of key.split('.')) here = (here as Record<string, unknown> | undefined)?.[part]
  return here
}
