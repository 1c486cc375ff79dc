import { z } from 'zod'
import { address, bytes, cid, text, uint } from '../common/values.ts'

/** Limits of a job specification; the encoded block is at most 64 KiB because it travels inside a proposal. */
export const JOB_LIMITS = {
  specBytes: 64 * 1024,
  args: 256,
  argChars: 8 * 1024,
  envKeys: 128,
  inputs: 64,
  outputs: 16,
  pathChars: 512,
  sourceChars: 48 * 1024,
  allowHosts: 16,
  timeoutMs: 24 * 60 * 60 * 1000
} as const

const digest32 = bytes.refine(b => b.byteLength === 32, 'expected 32 bytes')
const args = z.array(text(JOB_LIMITS.argChars)).max(JOB_LIMITS.args)
const containerPath = z
  .string()
  .max(JOB_LIMITS.pathChars)
  .regex(
    /^\/(?!.*(?:^|\/)\.{1,2}(?:\/|$))[^\u0000-\u001f\u007f]*[^/\u0000-\u001f\u007f]$/,
    'expected an absolute path without "." or ".." parts'
  )
const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'expected a name of letters, digits, ".", "_" and "-", at most 64')

export const dockerEngine = z.strictObject({
  /** `name@sha256:…` or `ipfs://CID`: never a mutable tag */
  image: z
    .string()
    .max(512)
    .regex(
      /^((?!.*\.\.)[a-zA-Z0-9]+([._:/-]+[a-zA-Z0-9]+)*@sha256:[0-9a-f]{64}|sha256:[0-9a-f]{64}|ipfs:\/\/[A-Za-z0-9]+)$/,
      'expected an image pinned by digest (name@sha256:…), an image id (sha256:…) or ipfs://CID'
    ),
  entrypoint: args.optional(),
  args: args.optional(),
  workdir: containerPath.optional()
})
export const wasmEngine = z.strictObject({ module: cid, args: args.optional() })
export const jsEngine = z.strictObject({
  /** the ES module itself, or the CID of a UnixFS file that holds it */
  source: z.union([cid, z.string().min(1).max(JOB_LIMITS.sourceChars)]),
  /** the export that is called */
  entry: z.string().regex(/^[A-Za-z_$][\w$]{0,63}$/),
  args: args.optional()
})
/** Does nothing, for tests and benchmarks: exits with `exitCode` after `ms`. */
export const noopEngine = z.strictObject({ exitCode: uint.max(255), ms: uint.max(600_000) })

const only = <K extends string, S extends z.ZodType>(key: K, schema: S) =>
  z.strictObject({ [key]: schema } as Record<K, S>)
export const engine = z.union([
  only('docker', dockerEngine),
  only('wasm', wasmEngine),
  only('js', jsEngine),
  only('noop', noopEngine)
])

export const gpuNeed = z.strictObject({
  count: uint.min(1).max(64),
  model: text(64).optional(),
  memoryBytes: uint.optional()
})
export const resources = z.strictObject({
  cpuMillis: uint.min(1).max(1_024_000),
  memoryBytes: uint.min(1),
  diskBytes: uint,
  gpus: gpuNeed.optional()
})

export const network = z.union([
  z.enum(['none', 'full']),
  z.strictObject({
    allow: z
      .array(
        z
          .string()
          .max(260)
          .regex(/^[A-Za-z0-9.-]+:\d{1,5}$/, 'expected host:port')
      )
      .min(1)
      .max(JOB_LIMITS.allowHosts)
  })
])

export const verify = z.strictObject({
  policy: z.union([
    z.literal('none'),
    /** chance of a re-run in 1/1000 */
    z.strictObject({ spotPerMille: uint.min(1).max(1000) }),
    z.strictObject({ replicas: z.strictObject({ n: uint.min(2).max(15), min: uint.min(2).max(15) }) }),
    z.strictObject({ committee: z.literal(3) })
  ]),
  /** what the result digest covers; stderr never */
  include: z
    .array(z.enum(['exitCode', 'stdout', 'outputs']))
    .min(1)
    .max(3)
})

/**
 * A job specification in its normalised form: what is encoded as dag-cbor, named by CID and signed. Files and flags are
 * turned into it by `parseSpec`. Sizes in bytes, times in milliseconds, CPU in thousandths of a core.
 */
export const jobSpec = z.strictObject({
  /** 2 when `module` is there: nodes of before refuse what they do not know by its version */
  version: z.union([z.literal(1), z.literal(2)]),
  engine,
  env: z.record(z.string().regex(/^[A-Za-z_]\w{0,127}$/), text(JOB_LIMITS.argChars)),
  inputs: z.array(z.strictObject({ cid, path: containerPath })).max(JOB_LIMITS.inputs),
  outputs: z.array(z.strictObject({ name, path: containerPath })).max(JOB_LIMITS.outputs),
  resources,
  network,
  timeoutMs: uint.min(1).max(JOB_LIMITS.timeoutMs),
  verify,
  retry: z.enum(['safe', 'eager']),
  private: z.boolean(),
  /** the folder that this specification was made from (docs/modules.md): says where it comes from, changes nothing of the run */
  module: cid.optional()
})
export type JobSpec = z.output<typeof jobSpec>
export type Resources = z.output<typeof resources>
export type EngineKind = 'docker' | 'wasm' | 'js' | 'noop'
export const ENGINE_KINDS: readonly EngineKind[] = ['docker', 'wasm', 'js', 'noop']

/** What a job asks of a provider: derived from the spec, so that matching never needs the spec itself. */
export const needs = z.strictObject({
  engine: z.enum(['docker', 'wasm', 'js', 'noop']),
  arch: z.enum(['amd64', 'arm64']).optional(),
  resources,
  network: z.enum(['none', 'allow', 'full'])
})
export type Needs = z.output<typeof needs>

/** How a run ended. A program that exits non-zero ran; an engine error did not. */
export const outcome = z.enum(['exited', 'timeout', 'out-of-memory', 'disk-full', 'cancelled', 'engine-error'])
export type Outcome = z.output<typeof outcome>
/** In these the provider's machine, not the job, fell short: the creator pays nothing, and another machine may come to a result. */
export const FELL_SHORT: ReadonlySet<string | undefined> = new Set<Outcome>(['out-of-memory', 'disk-full'])

export const usage = z.strictObject({
  wallMs: uint,
  cpuMs: uint,
  maxRssBytes: uint,
  inputBytes: uint,
  outputBytes: uint
})
export type Usage = z.output<typeof usage>

/** What the provider says it did: a dag-cbor block, named in the signed Result by its digest. */
export const resultManifest = z.strictObject({
  version: z.literal(1),
  /** deal id (EIP-712 struct hash) */
  deal: digest32,
  spec: cid,
  provider: address,
  outcome,
  exitCode: uint.max(255).optional(),
  /** why, when the outcome is not `exited` */
  reason: text(500).optional(),
  stdout: cid,
  stderr: cid,
  outputs: cid,
  /** UnixFS directory of the above (and `exitCode`): what any IPFS client can fetch */
  result: cid,
  usage,
  /** unix time in ms by the provider's clock: information, never a deadline */
  startedAt: uint,
  finishedAt: uint,
  /** last hash of the log chain */
  logRoot: digest32,
  /** sha2-256 over what verify.include selects */
  digest: digest32
})
export type ResultManifest = z.output<typeof resultManifest>
export const MANIFEST_MAX_BYTES = 4 * 1024
