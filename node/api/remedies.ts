import type { TokenInfo } from '../../protocols/common/network-document.ts'
import { formatAmount } from '../../protocols/common/units.ts'
import type { Miss, ReasonCode } from '../../protocols/matching/reasons.ts'

const MIB = 2 ** 20

interface Near {
  /** of the offer's provider */
  account: string
  token: TokenInfo
}
type Remedy = (miss: Miss, near: Near) => string

/** Offered sizes rounded down, so that what is asked for then fits. */
const mebibytes = (bytes: string): string => `${Math.floor(Number(bytes) / MIB)}MiB`
const atMost = (amount: string, what: string, flag: string): string =>
  amount === '0' ? `leave out ${what}` : `ask for at most ${amount} ${what} (${flag} ${amount})`

/** What would make an offer fit, by the reason that it does not, with the values that do it. */
const REMEDIES: Record<ReasonCode, Remedy> = {
  network: (_miss, { account }) => `join the network of ${account}`,
  'not-current': () => 'wait: a provider that is up renews its offer by itself',
  'same-account': () => 'let another node run it: nobody is paid by itself',
  'not-target': (_miss, { account }) => `leave out --target, or name ${account}`,
  'not-allowed': (_miss, { account }) => `put ${account} on the list of allowed accounts`,
  denied: (_miss, { account }) => `take ${account} off the list of refused accounts`,
  label: ({ wanted }) => `leave out label ${wanted} (--label)`,
  engine: ({ has }) => `use an engine that it runs: ${has}`,
  arch: ({ has }) => `leave out the architecture, or ask for ${has}`,
  'network-mode': ({ has }) =>
    `ask for network none${has === '' || has === 'none' ? '' : `, or one of: ${has}`} (--network)`,
  cpu: ({ has }) => atMost(String(Number(has) / 1000), 'CPUs', '--cpu'),
  memory: ({ has }) => `ask for at most ${mebibytes(has)} of memory (--memory ${mebibytes(has)})`,
  disk: ({ has }) => `ask for at most ${mebibytes(has)} of disk (--disk ${mebibytes(has)})`,
  'gpu-count': ({ has }) => atMost(has, 'GPUs', '--gpus'),
  'gpu-model': ({ has }) => `leave out the GPU model, or ask for one of: ${has}`,
  'gpu-memory': ({ has }) => `ask for GPUs with at most ${has.split(', ').map(mebibytes).join(' or ')}`,
  committee: () => 'use another verification: --verify none, or spot:5%',
  price: ({ wanted }, { token }) => `raise --bid to ${formatAmount(BigInt(wanted), token.decimals)}`
}

export const remedyOf = (miss: Miss, near: Near): string => REMEDIES[miss.code](miss, near)
