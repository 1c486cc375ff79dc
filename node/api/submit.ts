import type { Address } from '../../protocols/common/values.ts'
import { parseSpec } from '../../protocols/job/parse-spec.ts'
import type { JobSpec } from '../../protocols/job/schema.ts'
import type { JobOffer } from '../../protocols/offers/schema.ts'
import type { Config } from '../config/schema.ts'
import { dockerEngine } from '../engines/docker/index.ts'
import type { SubmitRequest } from '../http/views.ts'

/**
 * The specification that is signed: normalised, and with a mutable image tag replaced by the digest it has now.
 *
 * @throws InvalidInputError, ImageMissingError
 */
export async function toSpec(file: unknown, config: Pick<Config, 'docker'>): Promise<JobSpec> {
  return parseSpec(await withPinnedImage(file, config))
}

async function withPinnedImage(file: unknown, config: Pick<Config, 'docker'>): Promise<unknown> {
  const engine = (file as { engine?: { docker?: { image?: unknown } } } | undefined)?.engine
  const image = engine?.docker?.image
  if (typeof image !== 'string' || PINNED.test(image)) return file
  const pinned = await dockerEngine({ nodeId: 'submit', socketPath: config.docker.socket }).resolveImage(image)
  return { ...(file as object), engine: { docker: { ...engine?.docker, image: pinned } } }
}

const PINNED = /(@sha256:[0-9a-f]{64}|^sha256:[0-9a-f]{64}|^ipfs:\/\/)/

export function toConstraints(given: SubmitRequest['constraints']): Partial<JobOffer['constraints']> {
  if (given === undefined) return {}
  const lower = (account: string) => account.toLowerCase() as Address
  return {
    ...(given.labels === undefined ? {} : { labels: given.labels }),
    ...(given.allow === undefined ? {} : { allow: given.allow.map(lower) }),
    ...(given.deny === undefined ? {} : { deny: given.deny.map(lower) }),
    ...(given.target === undefined ? {} : { target: lower(given.target) })
  }
}
