import { row } from './row.ts'

/** Money and the chain, peers and the network, the disk. */
export const WORLD_ERRORS = {
  InsufficientBalanceError: row(402, 'money', 'not enough tokens are free', 'deposit more with `dcn wallet deposit`'),
  InsufficientAllowanceError: row(402, 'money', 'the escrow may not take that many tokens', 'deposit again'),
  InsufficientGasError: row(
    402,
    'money',
    'the account cannot pay for a transaction',
    'send it some of the native coin'
  ),
  DealStateError: row(409, 'money', 'the deal is in another state', 'look at it with `dcn deals`'),
  TransactionRevertedError: row(409, 'money', 'the chain refused a transaction', 'look at it on the chain'),
  TransactionReplacedError: row(
    409,
    'money',
    'another transaction took its place',
    'use the account in one place alone'
  ),
  NoChainError: row(400, 'usage', 'the network has no chain', 'create one with `--rpc`'),
  NotDevChainError: row(409, 'usage', 'this is no development chain', 'fund the account with a transfer'),
  WrongContractError: row(400, 'usage', 'a contract is not the one that is needed', 'check the addresses'),
  ContractsMissingError: row(503, 'network', 'the chain has no contract there', 'check the chain and the addresses'),
  WrongChainError: row(503, 'network', 'the endpoint serves another chain', 'correct `--rpc`'),
  SettlementUnreachableError: row(503, 'network', 'the chain does not answer', 'check the endpoint'),
  EndpointsDisagreeError: row(503, 'network', 'two endpoints tell different things', 'find out which is wrong'),
  EndpointLieError: row(503, 'network', 'an endpoint told something impossible', 'use another'),
  SettlementStoppedError: row(503, 'network', 'settlement is stopped', 'start the node'),
  NotReadyError: row(503, 'network', 'the node lacks something that it needs', '`dcn doctor` says what'),
  NodeUnreachableError: row(503, 'network', 'no node answers', 'start one with `dcn-node`'),
  StreamCutError: row(503, 'network', 'a stream broke off', 'connect again; nothing is lost'),
  ContentUnavailableError: row(404, 'network', 'nobody gave the content', 'see that whoever has it is online'),
  ListenError: row(503, 'network', 'an address is taken or not of this host', 'choose another'),
  HostStoppedError: row(503, 'network', 'the network of the node is not running', 'start the node'),
  UrlFetchError: row(404, 'network', 'an address that a job names gives nothing', 'try the address with curl'),
  PeerUnreachableError: row(503, 'network', 'a peer cannot be reached', 'see that it is online'),
  PeerBusyError: row(503, 'network', 'a peer serves no more at a time', 'try again'),
  RequestTimeoutError: row(503, 'network', 'a peer did not answer in time', 'try again'),
  StreamFailedError: row(503, 'network', 'an exchange with a peer failed', 'try again'),
  RateLimitedError: row(429, 'network', 'a peer was asked too often', 'wait'),
  ProtocolViolationError: row(502, 'network', 'a peer broke the protocol', 'nothing: it is left out'),
  WrongNetworkError: row(409, 'usage', 'made for another network', 'use that of the same network'),
  DiskFullError: row(507, 'failed', 'the disk of the node is full', 'free some space'),
  QuotaExceededError: row(507, 'failed', 'the store has no room', 'raise `--storage-quota`, or remove what is pinned'),
  StorageIoError: row(500, 'failed', 'the disk refused', 'look at the message'),
  UnsupportedContentError: row(400, 'usage', 'content of a kind that is not read', 'use files and directories'),
  CorruptBlockError: row(500, 'failed', 'a block on disk is damaged and was removed', 'fetch the content again'),
  BlockMissingError: row(404, 'network', 'a block is not in the store', 'fetch the content again'),
  JournalCorruptError: row(500, 'failed', 'the journal is damaged', 'restore it from a copy'),
  JournalVersionError: row(500, 'usage', 'the journal is of a newer version', 'install a newer dcn-node'),
  JournalConflictError: row(409, 'failed', 'two things were written at once', 'try again')
} as const
