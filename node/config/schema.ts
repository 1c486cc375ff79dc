import { z } from 'zod'
import { NETWORK_LIMITS } from '../../protocols/common/network-document.ts'
import { type Address, text, uint } from '../../protocols/common/values.ts'
import { MAX_WORK_BITS } from '../../protocols/faucet/work.ts'
import { cidText, isImagePattern } from '../admission/image-pattern.ts'

/** An amount in whole tokens as people write it; `toPrice` turns it into smallest units once the token is known. */
const tokens = z
  .string()
  .max(40)
  .regex(/^\d+(\.\d+)?$/, 'expected an amount of tokens such as 0.25')
const multiaddr = z
  .string()
  .max(256)
  .regex(/^\/[\x21-\x7e]+$/, 'expected a multiaddr such as /ip4/0.0.0.0/tcp/4101')
const port = uint.max(65_535)
const NO_CONTROL = /^[^\u0000-\u001f\u007f]*$/
const file = z.string().min(1).max(4096).regex(NO_CONTROL, 'expected a path without control characters')
const url = z
  .string()
  .max(2048)
  .regex(/^https?:\/\/\S+$/, 'expected a URL such as http://127.0.0.1:8545')

/** More than anybody keeps by hand: a list is looked through for each proposal. */
const MAX_LISTED = 1024
const creators = z
  .array(
    z
      .string()
      .regex(/^0x[0-9a-fA-F]{40}$/, 'expected an account: 0x and 40 hex digits (in quotes in a YAML file)')
      .transform(account => account.toLowerCase() as Address)
  )
  .max(MAX_LISTED)
const images = z
  .array(
    z
      .string()
      .max(512)
      .refine(isImagePattern, 'expected a repository without a tag and with at most one "*", sha256:…, or ipfs://CID')
  )
  .max(MAX_LISTED)
const modules = z
  .array(
    z
      .string()
      .max(128)
      .refine(given => cidText(given) !== undefined, 'expected the CID of a js or wasm module, such as bafk…')
  )
  .max(MAX_LISTED)
const gitHost = z
  .string()
  .max(256)
  .regex(
    /^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/,
    'expected a host, with its port where it has one, such as git.lan:3000'
  )
const apart = ({ allow, deny }: { allow: string[]; deny: string[] }): boolean =>
  !deny.some(entry => allow.includes(entry))
const inBoth = (what: string): string =>
  `expected nothing in both lists: take it out of --allow-${what} or of --deny-${what}`

/** All cores of the largest machine that an offer can name. */
const MAX_CPU_MILLIS = 1_024_000
const share = z
  .templateLiteral([z.string(), '%'])
  .refine(text => /^(100|[1-9]\d?)%$/.test(text), 'expected a share from 1% to 100%')

const listenAddress = z
  .string()
  .max(260)
  .regex(/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, 'expected an address and a port such as 127.0.0.1:9464')
  .refine(text => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, 'expected a port up to 65535')

export const ROLES = ['provider', 'creator', 'mediator', 'relay', 'faucet'] as const
/** What a node does in its network. */
export type Role = (typeof ROLES)[number]
export const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const

/**
 * Everything a node can be told. Times in the unit of the key's name, sizes in bytes, CPU in thousandths of a core, prices in
 * whole tokens as decimal text.
 */
export const configSchema = z.strictObject({
  roles: z.array(z.enum(ROLES)).min(1).max(ROLES.length),
  /** path of a network file, or an invite line `dcn1…` */
  network: z
    .string()
    .min(1)
    .max(16_384)
    .regex(NO_CONTROL, 'expected a file, or an invite dcn1…, without control characters')
    .optional(),
  /** name of a private network to create */
  init: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,29}[a-z0-9])?$/, 'expected a name of 1 to 31 of a-z, 0-9 and "-", no "-" at the ends')
    .optional(),
  /** who may be in a network that is created */
  membership: z.enum(['open', 'listed']),
  /** absent: unless it listens on loopback alone */
  mdns: z.boolean().optional(),
  rpc: z.array(url).max(NETWORK_LIMITS.rpcUrls),
  escrow: z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/, 'expected an address: 0x and 40 hex digits')
    .optional(),
  dataDir: file,
  listen: z.array(multiaddr).max(16),
  announce: z.array(multiaddr).max(8),
  /** members that nobody can reach are reached through this node; absent: when it has the role relay */
  relayMembers: z.boolean().optional(),
  http: z.strictObject({ host: z.string().min(1).max(253), port }),
  prices: z.strictObject({
    perJob: tokens,
    perCpuHour: tokens,
    perGiBHour: tokens,
    perDiskGiBHour: tokens,
    perGpuHour: tokens
  }),
  terms: z.strictObject({
    collateralPercent: uint.max(10_000),
    submitBaseSec: uint.min(1).max(7 * 86_400),
    reviewSec: uint.min(1).max(7 * 86_400)
  }),
  /** what is absent is what the host has; cpu in thousandths of a core */
  offer: z.strictObject({
    cpu: share.or(uint.min(1).max(MAX_CPU_MILLIS)).optional(),
    memory: share.or(uint.min(1)).optional(),
    disk: share.or(uint.min(1)).optional(),
    /** ids, beginnings of ids or numbers; absent: all */
    gpu: z.array(text(128).min(1)).max(64).optional(),
    jobs: uint.min(1).max(1024)
  }),
  /** node/schedule/parse.ts */
  schedule: z.string().max(256).optional(),
  timeZone: z.string().max(64).optional(),
  creators: z.strictObject({ allow: creators, deny: creators }).refine(apart, { error: inBoth('creator') }),
  images: z.strictObject({ allow: images, deny: images }).refine(apart, { error: inBoth('image') }),
  git: z.strictObject({ privateHosts: z.array(gitHost).max(64) }),
  modules: z.strictObject({ allow: modules, deny: modules }).refine(apart, { error: inBoth('module') }),
  engines: z.array(z.enum(['docker', 'wasm', 'js', 'noop'])).max(4),
  docker: z.strictObject({
    socket: file,
    runtime: text(64).min(1).optional(),
    /** what jobs may have besides none */
    networks: z.array(z.enum(['none', 'allow', 'full'])).max(3),
    /** most that images which came by CID may take */
    imageQuotaBytes: uint
  }),
  labels: z
    .record(z.string().regex(/^[a-z0-9][a-z0-9.-]{0,31}$/, 'expected a label such as region'), text(64))
    .refine(r => Object.keys(r).length <= 16, 'expected at most 16 labels'),
  storage: z.strictObject({ quotaBytes: uint.min(1) }),
  autoDeposit: z.boolean(),
  /** serving jobs that contracts ask for; the fee in whole tokens */
  board: z.strictObject({ serve: z.boolean(), minFee: tokens }),
  mediator: z.strictObject({ seats: uint.max(1024), judgements: uint.min(1).max(1024) }),
  drainSec: uint.max(86_400),
  passphraseFile: file.optional(),
  insecureDevKeys: z.boolean(),
  log: z.strictObject({
    level: z.enum(LOG_LEVELS),
    format: z.enum(['text', 'json']),
    file: file.optional(),
    maxBytes: uint.min(64 * 1024).max(2 ** 40),
    keep: uint.min(1).max(100)
  }),
  metrics: z.strictObject({ listen: listenAddress.optional() }),
  /** of a node with the role faucet */
  faucet: z.strictObject({
    listen: listenAddress,
    contract: z
      .string()
      .regex(/^0x[0-9a-fA-F]{40}$/, 'expected an address: 0x and 40 hex digits')
      .transform(address => address.toLowerCase() as Address)
      .optional(),
    /** leading zero bits; 0: none */
    work: uint.max(MAX_WORK_BITS),
    perIp: uint.min(1).max(1_000_000),
    perDay: uint.min(1).max(1_000_000),
    proxyHeader: z
      .string()
      .regex(/^[a-z0-9-]{1,64}$/i, 'expected the name of a header such as X-Forwarded-For')
      .transform(name => name.toLowerCase())
      .optional()
  })
})
/** All settings of a node. Times in the unit of the key's name, sizes in bytes, CPU in thousandths of a core, prices in whole tokens as decimal text. */
export type Config = z.output<typeof configSchema>
