import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { messageOf, UserError } from '../../../../protocols/common/errors.ts'
import type { Hex } from '../../../../protocols/common/values.ts'

const hex = z.custom<Hex>(v => typeof v === 'string' && /^0x[0-9a-f]*$/.test(v), 'expected lower-case hex')
const wei = z.codec(z.string().regex(/^\d{1,40}$/), z.bigint(), { decode: BigInt, encode: String })
const attempt = z.strictObject({ hash: hex, raw: hex, maxFeePerGas: wei, maxPriorityFeePerGas: wei })
const entry = z.strictObject({
  contract: z.string().max(64),
  /** keccak256 of what is sent: other arguments or another version are another contract */
  initHash: hex,
  nonce: z.int().min(0),
  gas: wei,
  /** the newest block when it was signed: it lies no earlier than that */
  fromBlock: wei,
  attempts: z.array(attempt).min(1).max(32)
})
const record = z.strictObject({
  /** chain id and first block: a development chain that was started anew is another chain */
  chain: z.string().max(128),
  deployer: hex,
  entries: z.array(entry).max(16)
})

/** A contract that is signed for, sent or there. */
export type Entry = z.output<typeof entry>
export type DeployRecord = z.output<typeof record>

/** Keeps what a deployment did so far, so that a run that failed goes on instead of paying twice. */
export interface RecordStore {
  load(): DeployRecord | undefined
  /** on disk when it returns: before the transaction leaves */
  save(record: DeployRecord): void
  /** when the deployment's addresses are written where they belong */
  clear(): void
}

export function memoryRecord(): RecordStore {
  let kept: DeployRecord | undefined
  return {
    load: () => structuredClone(kept),
    save: given => {
      kept = structuredClone(given)
    },
    clear: () => {
      kept = undefined
    }
  }
}

/** @throws (load) UserError named DeployRecordError when the file is not what was written */
export function fileRecord(path: string): RecordStore {
  return {
    load: () => {
      const text = readIfThere(path)
      if (text === undefined) return undefined
      try {
        return z.decode(record, JSON.parse(text))
      } catch (cause) {
        throw new UserError('DeployRecordError', `${path} does not hold a deployment: ${messageOf(cause)}`, {
          field: path,
          remedy: 'restore it, or remove it to begin anew: contracts that it names stay unused',
          cause
        })
      }
    },
    save: given => {
      const temporary = `${path}.tmp`
      writeFileSync(temporary, `${JSON.stringify(z.encode(record, given), null, 2)}\n`, { mode: 0o600, flush: true })
      renameSync(temporary, path)
    },
    clear: () => rmSync(path, { force: true })
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
