import type { Option } from './option.ts'

/** What a provider offers, to whom and at what price. */
export const MARKET_OPTIONS: readonly Option[] = [
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
    key: 'offer.cpu',
    kind: 'cpu-share',
    placeholder: 'CORES',
    description: 'cores to offer, or a share such as 50% (default: all)'
  },
  {
    key: 'offer.memory',
    kind: 'size-share',
    placeholder: 'SIZE',
    description: 'memory to offer, or a share of what the host has (default: 80%)'
  },
  {
    key: 'offer.disk',
    kind: 'size-share',
    placeholder: 'SIZE',
    description: 'disk to offer, or a share of what is free (default: 80%)'
  },
  {
    key: 'offer.gpu',
    kind: 'list',
    placeholder: 'GPU,…',
    description:
      'which GPUs to offer: ids (GPU-…, MIG-…), beginnings of ids, or numbers; "none" for none (default: all)'
  },
  { key: 'offer.jobs', kind: 'number', placeholder: 'N', fallback: 16, description: 'most jobs at the same time' },
  {
    key: 'schedule',
    kind: 'text',
    placeholder: 'HOURS',
    description: 'when to take jobs, such as "mon-fri 18:00-08:00, sat-sun" (default: always)'
  },
  {
    key: 'timeZone',
    kind: 'text',
    placeholder: 'ZONE',
    description: "time zone of the schedule, such as Europe/Vienna (default: the host's)"
  },
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
    key: 'images.allow',
    flag: 'allow-image',
    kind: 'list',
    placeholder: 'IMAGE,…',
    fallback: [],
    description: 'run these images only: a repository with at most one "*", sha256:…, or ipfs://CID'
  },
  {
    key: 'images.deny',
    flag: 'deny-image',
    kind: 'list',
    placeholder: 'IMAGE,…',
    fallback: [],
    description: 'run none of these images'
  },
  {
    key: 'modules.allow',
    flag: 'allow-module',
    kind: 'list',
    placeholder: 'CID,…',
    fallback: [],
    description: 'run these js and wasm modules only'
  },
  {
    key: 'modules.deny',
    flag: 'deny-module',
    kind: 'list',
    placeholder: 'CID,…',
    fallback: [],
    description: 'run none of these js and wasm modules'
  },
  {
    key: 'labels',
    flag: 'label',
    kind: 'labels',
    placeholder: 'KEY=VALUE,…',
    fallback: {},
    description: 'what jobs can ask for, such as region=eu'
  }
]
