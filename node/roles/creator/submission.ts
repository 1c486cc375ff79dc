import { randomBytes } from 'node:crypto'
import { base32 } from 'multiformats/bases/base32'
import type { CID } from 'multiformats/cid'
import { InvalidInputError } from '../../../protocols/common/errors.ts'
import { fromHex, type Hex, toHex } from '../../../protocols/common/values.ts'
import type { Check } from '../../../protocols/deal/creator-types.ts'
import type { JobSpec } from '../../../protocols/job/schema.ts'
import type { JobOffer } from '../../../protocols/offers/schema.ts'

/** How the policy of a specification is carried out here, by a job that is alone. */
export function checkOf({ verify: { policy } }: JobSpec): Check {
  if (policy === 'none' || 'replicas' in policy) return { by: 'nobody' }
  if ('committee' in policy) return { by: 'owner' }
  return { by: 'spot', perMille: policy.spotPerMille, secret: toHex(new Uint8Array(randomBytes(32))) }
}

/** How many replicas a job has and how many of them must agree; undefined when it runs once. */
export function replicasOf({ verify: { policy } }: JobSpec): { n: number; min: number } | undefined {
  return policy !== 'none' && 'replicas' in policy ? policy.replicas : undefined
}

/** @throws InvalidInputError */
export function checkBid(bid: bigint, tip: bigint): void {
  if (bid >= tip) return
  throw new InvalidInputError(`the bid ${bid} is below the tip ${tip}`, {
    field: 'bid',
    value: bid,
    limit: `at least ${tip}`,
    remedy: 'raise --bid, or deposit into the escrow with "dcn wallet deposit"'
  })
}

/** No account runs a job twice, so a job that names who may run it must name enough. @throws InvalidInputError */
export function checkReplicas(spec: JobSpec, { target, allow }: JobOffer['constraints']): void {
  const { min = 1 } = replicasOf(spec) ?? {}
  const named = target === undefined ? allow.length : 1
  if (named === 0 || named >= min) return
  throw new InvalidInputError(`the job may run at ${named} provider only, ${min} of them have to agree`, {
    field: target === undefined ? 'constraints.allow' : 'constraints.target',
    value: named,
    limit: `at least ${min} providers`,
    remedy: 'allow more providers, or use verify.policy spot'
  })
}

/** Who the inputs of a job are pinned for. */
export const inputPins = (jobId: string): string => `inputs of ${jobId}`

/** Every CID that a provider will ask this node for. */
export function inputsOf(spec: JobSpec): CID[] {
  const cids = spec.inputs.map(input => input.cid)
  if ('js' in spec.engine && typeof spec.engine.js.source !== 'string') cids.push(spec.engine.js.source)
  if ('wasm' in spec.engine) cids.push(spec.engine.wasm.module)
  return cids
}

/** A job's short name: 80 bits of its first deal nonce. */
export function jobIdOf(nonce: Hex): string {
  return `j${base32.encode(fromHex(nonce).subarray(0, 10)).slice(1)}`
}
