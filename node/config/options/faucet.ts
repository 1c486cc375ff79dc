import type { Option } from './option.ts'

/** What a node with the role faucet gives, to whom, and where it is asked. */
export const FAUCET_OPTIONS: readonly Option[] = [
  {
    key: 'faucet.listen',
    kind: 'text',
    placeholder: 'ADDR:PORT',
    fallback: '127.0.0.1:0',
    description: 'where the page and the API of a faucet are, for everybody who reaches it; port 0 picks one'
  },
  {
    key: 'faucet.contract',
    kind: 'text',
    placeholder: 'ADDRESS',
    description: 'contract that the faucet gives from (default: one of its own, on a development chain only)'
  },
  {
    key: 'faucet.work',
    kind: 'number',
    placeholder: 'BITS',
    fallback: 18,
    description: 'work that a claim at the faucet costs, in leading zero bits; 0 asks for none'
  },
  {
    key: 'faucet.perIp',
    kind: 'number',
    placeholder: 'N',
    fallback: 3,
    description: 'most claims a day from one IP address, or one /64 of IPv6'
  },
  {
    key: 'faucet.perDay',
    kind: 'number',
    placeholder: 'N',
    fallback: 1000,
    description: 'most claims a day in all; the contract may allow fewer'
  },
  {
    key: 'faucet.proxyHeader',
    kind: 'text',
    placeholder: 'NAME',
    description: 'header in which a reverse proxy of yours says who asks; whoever reaches the faucet can write it'
  }
]
