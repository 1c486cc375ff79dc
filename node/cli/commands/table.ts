import type { Entry } from '../command-tree.ts'

const JOB: readonly Entry[] = [
  { name: 'list', summary: 'jobs of this node', load: async () => (await import('./job/list.ts')).listCommand },
  { name: 'show', summary: 'all about one job', load: async () => (await import('./job/show.ts')).showCommand },
  { name: 'logs', summary: "a job's output", load: async () => (await import('./job/logs.ts')).logsCommand },
  { name: 'get', summary: "copy a job's result files", load: async () => (await import('./job/get.ts')).getCommand },
  { name: 'wait', summary: 'follow a job to its end', load: async () => (await import('./job/wait.ts')).waitCommand },
  {
    name: 'accept',
    summary: 'say that a result is good',
    load: async () => (await import('./job/accept.ts')).acceptCommand
  },
  {
    name: 'cancel',
    summary: 'ask for the end of a job',
    load: async () => (await import('./job/cancel.ts')).cancelCommand
  },
  { name: 'why', summary: 'why a job is where it is', load: async () => (await import('./job/why.ts')).whyCommand }
]

const IMAGE: readonly Entry[] = [
  { name: 'push', summary: 'share an image by CID', load: async () => (await import('./image.ts')).pushCommand },
  { name: 'list', summary: 'images that the node shares', load: async () => (await import('./image.ts')).listCommand },
  { name: 'remove', summary: 'share an image no longer', load: async () => (await import('./image.ts')).removeCommand }
]

const MODULE: readonly Entry[] = [
  { name: 'show', summary: 'what a module is and takes', load: async () => (await import('./module.ts')).showCommand },
  {
    name: 'lint',
    summary: 'what is wrong with a module, or only with some values',
    load: async () => (await import('./module.ts')).lintCommand
  },
  {
    name: 'publish',
    summary: 'put a version of a module into the registry of the network',
    load: async () => (await import('./module-registry.ts')).publishCommand
  },
  {
    name: 'search',
    summary: 'modules in the registry by a word in name or description',
    load: async () => (await import('./module-registry.ts')).searchCommand
  },
  {
    name: 'list',
    summary: 'modules in the registry, or the versions of one',
    load: async () => (await import('./module-registry.ts')).listCommand
  },
  {
    name: 'yank',
    summary: 'tell others not to take a version; who names it still gets it',
    load: async () => (await import('./module-registry.ts')).yankCommand
  }
]

const SEAT: readonly Entry[] = [
  { name: 'list', summary: 'who judges disputes here', load: async () => (await import('./seat.ts')).listCommand },
  { name: 'take', summary: 'stake for one more seat', load: async () => (await import('./seat.ts')).takeCommand },
  { name: 'leave', summary: 'give a seat back', load: async () => (await import('./seat.ts')).leaveCommand },
  {
    name: 'status',
    summary: "this node's seats, and what came of them",
    load: async () => (await import('./seat.ts')).statusCommand
  }
]

const BOARD: readonly Entry[] = [
  {
    name: 'request',
    summary: 'ask for a job on chain',
    load: async () => (await import('./board.ts')).requestCommand
  },
  { name: 'list', summary: 'jobs asked for on chain', load: async () => (await import('./board.ts')).listCommand },
  { name: 'show', summary: 'one of them', load: async () => (await import('./board.ts')).showCommand },
  { name: 'watch', summary: 'wait for its result', load: async () => (await import('./board.ts')).watchCommand },
  {
    name: 'cancel',
    summary: 'its money back, once its time is over',
    load: async () => (await import('./board.ts')).cancelCommand
  },
  {
    name: 'withdraw',
    summary: 'take what the board holds for this node',
    load: async () => (await import('./board.ts')).withdrawCommand
  }
]

const WALLET: readonly Entry[] = [
  {
    name: 'show',
    summary: 'account and money of this node',
    load: async () => (await import('./wallet/show.ts')).showCommand
  },
  {
    name: 'history',
    summary: 'where its money came from and went',
    load: async () => (await import('./wallet/history.ts')).historyCommand
  },
  {
    name: 'deposit',
    summary: 'move tokens into the escrow',
    load: async () => (await import('./wallet/move.ts')).depositCommand
  },
  {
    name: 'withdraw',
    summary: 'take tokens out of the escrow',
    load: async () => (await import('./wallet/move.ts')).withdrawCommand
  },
  {
    name: 'new',
    summary: 'make the key of an account',
    load: async () => (await import('./wallet/new.ts')).newCommand
  },
  {
    name: 'import',
    summary: 'bring the key of an account',
    load: async () => (await import('./wallet/import.ts')).importCommand
  }
]

const MEMBERS: readonly Entry[] = [
  {
    name: 'list',
    summary: 'who is a member, who is revoked',
    load: async () => (await import('./network/members.ts')).listCommand
  },
  { name: 'add', summary: 'let a peer in', load: async () => (await import('./network/members.ts')).addCommand },
  {
    name: 'revoke',
    summary: 'shut a peer out',
    load: async () => (await import('./network/members.ts')).revokeCommand
  },
  {
    name: 'remove',
    summary: 'take a peer out of both lists',
    load: async () => (await import('./network/members.ts')).removeCommand
  }
]

const FAUCET: readonly Entry[] = [
  {
    name: 'claim',
    summary: 'ask a faucet for coin and tokens',
    load: async () => (await import('./faucet/claim.ts')).claimCommand
  },
  {
    name: 'status',
    summary: 'what a faucet gives, and what is left',
    load: async () => (await import('./faucet/status.ts')).statusCommand
  },
  {
    name: 'deploy',
    summary: 'put the contract of a faucet on a chain',
    load: async () => (await import('./faucet/deploy.ts')).deployCommand
  }
]

const NETWORK: readonly Entry[] = [
  {
    name: 'create',
    summary: 'make a private network',
    load: async () => (await import('./network/create.ts')).createCommand
  },
  {
    name: 'join',
    summary: 'make this host ready for a network',
    load: async () => (await import('./network/join.ts')).joinCommand
  },
  {
    name: 'show',
    summary: 'the network of this node, and who is here',
    load: async () => (await import('./network/show.ts')).showCommand
  },
  {
    name: 'invite',
    summary: 'print the line that another host joins with',
    load: async () => (await import('./network/invite.ts')).inviteCommand
  },
  { name: 'members', summary: 'who may take part in the network', children: MEMBERS },
  {
    name: 'deploy',
    summary: 'put the contracts of a network on a chain',
    load: async () => (await import('./network/deploy.ts')).deployCommand
  },
  {
    name: 'verify',
    summary: 'compare the contracts of a network with ours',
    load: async () => (await import('./network/verify.ts')).verifyCommand
  }
]

const NODE: readonly Entry[] = [
  {
    name: 'status',
    summary: 'what it does now',
    load: async () => (await import('./node/status.ts')).statusCommand
  },
  {
    name: 'drain',
    summary: 'take no new deals; running work finishes',
    load: async () => (await import('./node/drain.ts')).drainCommand
  },
  {
    name: 'resume',
    summary: 'take new deals again',
    load: async () => (await import('./node/drain.ts')).resumeCommand
  },
  {
    name: 'log-level',
    summary: 'how much it logs, until the next start',
    load: async () => (await import('./node/log-level.ts')).logLevelCommand
  },
  { name: 'stop', summary: 'end the node', load: async () => (await import('./node/stop.ts')).stopCommand }
]

/**
 * Every command of `dcn`, in the order of its help. Code is loaded when its command is called: a new command is a line here and a
 * file.
 */
export const COMMANDS: readonly Entry[] = [
  {
    name: 'run',
    summary: 'run the job of a specification file, or a module',
    load: async () => (await import('./run.ts')).runCommand
  },
  { name: 'module', summary: 'jobs with inputs, to be run by name', children: MODULE },
  {
    name: 'convert',
    summary: 'print the job of another system in our form',
    load: async () => (await import('./convert.ts')).convertCommand
  },
  {
    name: 'js',
    summary: 'jobs written in JavaScript',
    children: [
      { name: 'run', summary: 'run an ES module', load: async () => (await import('./js.ts')).runCommand },
      {
        name: 'map',
        summary: 'call a function for every line of a file, here',
        load: async () => (await import('./js-map.ts')).jsMapCommand
      }
    ]
  },
  {
    name: 'wasm',
    summary: 'jobs compiled to WebAssembly',
    children: [{ name: 'run', summary: 'run a WASI module', load: async () => (await import('./wasm.ts')).runCommand }]
  },
  {
    name: 'docker',
    summary: 'jobs in containers',
    children: [{ name: 'run', summary: 'run a container', load: async () => (await import('./docker.ts')).runCommand }]
  },
  { name: 'image', summary: 'container images that providers fetch from this node', children: IMAGE },
  { name: 'job', summary: 'jobs of this node', children: JOB },
  {
    name: 'dispute',
    summary: "take a job's result to the court, or appeal",
    load: async () => (await import('./dispute.ts')).disputeCommand
  },
  {
    name: 'receipt',
    summary: 'what a job came to, signed by both sides',
    children: [
      { name: 'verify', summary: 'check a receipt', load: async () => (await import('./receipt.ts')).verifyCommand }
    ]
  },
  { name: 'seat', summary: 'seats in the court, for mediators', children: SEAT },
  { name: 'board', summary: 'jobs that contracts and wallets ask for on chain', children: BOARD },
  { name: 'rank', summary: 'who would run a job, in order', load: async () => (await import('./rank.ts')).rankCommand },
  {
    name: 'offers',
    summary: 'what providers offer now',
    load: async () => (await import('./offers.ts')).offersCommand
  },
  {
    name: 'verify-match',
    summary: "whether the offers of anybody's deal were ranked rightly",
    load: async () => (await import('./verify-match.ts')).verifyMatchCommand
  },
  {
    name: 'peers',
    summary: 'who this node is connected to',
    load: async () => (await import('./peers.ts')).peersCommand
  },
  { name: 'deals', summary: 'what this node agreed to', load: async () => (await import('./deals.ts')).dealsCommand },
  { name: 'wallet', summary: 'account and money of this node', children: WALLET },
  { name: 'network', summary: 'private networks: make, join, look at and change them', children: NETWORK },
  { name: 'faucet', summary: 'play money of a private or test network', children: FAUCET },
  {
    name: 'node',
    summary: 'what the local node is and does',
    load: async () => (await import('./node/show.ts')).nodeInfoCommand,
    children: NODE
  },
  {
    name: 'doctor',
    summary: 'what is wrong with the local node, and what to do',
    load: async () => (await import('./doctor.ts')).doctorCommand
  },
  {
    name: 'config',
    summary: 'the effective settings and where each came from',
    load: async () => (await import('./config.ts')).configCommand
  },
  {
    name: 'completion',
    summary: 'completion for bash, zsh or fish',
    load: async () => (await import('./completion.ts')).completionCommand
  },
  {
    name: '__complete',
    summary: 'words for the completion of a shell',
    isHidden: true,
    load: async () => (await import('./complete.ts')).completeCommand
  }
]
