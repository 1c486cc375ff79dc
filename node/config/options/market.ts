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
    key: 'labels',
    flag: 'label',
    kind: 'labels',
    placeholder: 'KEY=VALUE,…',
    fallback: {},
    description: 'what jobs can ask for, such as region=eu'
  }
]
