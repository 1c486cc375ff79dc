import type { Option } from './option.ts'

/** Kept on the loopback interface until the operator says otherwise. */
const LOOPBACK = '127.0.0.1'

/** Who this node is, whom it meets, and where it can be asked. */
export const NETWORK_OPTIONS: readonly Option[] = [
  {
    key: 'roles',
    flag: 'role',
    kind: 'list',
    placeholder: 'ROLE,…',
    fallback: ['creator'],
    description: 'what this node does: provider, creator, mediator, relay, faucet'
  },
  {
    key: 'network',
    kind: 'network',
    placeholder: 'FILE|INVITE',
    description: 'network to join: a file or a line dcn1…'
  },
  { key: 'init', kind: 'text', placeholder: 'NAME', description: 'create a private network of this name' },
  {
    key: 'membership',
    kind: 'text',
    placeholder: 'POLICY',
    fallback: 'open',
    description: 'who may be in a network made with --init: open (whoever has the invite), listed (whom its owner adds)'
  },
  {
    key: 'mdns',
    kind: 'boolean',
    placeholder: 'BOOL',
    description: 'find members on the local network by multicast DNS (default: unless it listens on loopback alone)'
  },
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
  {
    key: 'relayMembers',
    kind: 'boolean',
    placeholder: 'BOOL',
    description: 'lets members that nobody can reach be reached through this node (default: with the role relay)'
  },
  {
    key: 'git.privateHosts',
    flag: 'git-host',
    kind: 'list',
    placeholder: 'HOST,…',
    fallback: [],
    description: 'hosts of your own network that modules may be cloned from, over plain HTTP too'
  },
  { key: 'http.host', kind: 'text', placeholder: 'HOST', fallback: LOOPBACK, description: 'address of the local API' },
  {
    key: 'http.port',
    kind: 'number',
    placeholder: 'PORT',
    fallback: 0,
    description: 'port of the local API; 0 picks one'
  }
]
