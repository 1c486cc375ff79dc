import { UserError } from '../../protocols/common/errors.ts'
import type { Address } from '../../protocols/common/values.ts'
import { imageCidOf } from '../../protocols/images/manifest.ts'
import { parseSpec } from '../../protocols/job/parse-spec.ts'
import type { JobSpec } from '../../protocols/job/schema.ts'
import type { JobOffer } from '../../protocols/offers/schema.ts'
import type { AbortOptions } from '../components.ts'
import type { Config } from '../config/schema.ts'
import { dockerEngine } from '../engines/docker/index.ts'
import type { SubmitRequest } from '../http/views.ts'
import type { Images } from '../images/images.ts'

interface DockerConfig {
  docker: Pick<Config['docker'], 'socket'>
}

/**
 * A specification as it would be signed: normalised, and with a mutable image tag replaced by the digest it has now.
 *
 * @throws InvalidInputError, ImageUnavailableError
 */
export async function pinnedSpec(file: unknown, config: DockerConfig, options: AbortOptions = {}): Promise<JobSpec> {
  return parseSpec(await withPinnedImage(file, config, options))
}

/**
 * The specification that is signed: pinned, and of nothing that this version or this node cannot keep.
 *
 * @throws InvalidInputError, ImageUnavailableError, ImageNotFoundError, NotSupportedYetError
 */
export async function toSpec(file: unknown, config: DockerConfig, images: Pick<Images, 'check'>): Promise<JobSpec> {
  const spec = await pinnedSpec(file, config)
  checkSupported(spec)
  // providers ask this node for it
  const cid = 'docker' in spec.engine ? imageCidOf(spec.engine.docker.image) : undefined
  if (cid !== undefined) images.check(cid)
  return spec
}

interface Promised {
  field: string
  asks(spec: JobSpec): boolean
  what: string
  remedy: string
}

/** What a specification can ask for and this version cannot keep: refused, because ignoring it would be a broken promise. */
const NOT_YET: readonly Promised[] = [
  {
    field: 'retry',
    asks: spec => spec.retry === 'eager',
    what: 'paying for several attempts at once',
    remedy: 'use retry "safe": the next provider is tried when the money of the last attempt is back'
  }
]

function checkSupported(spec: JobSpec): void {
  const found = NOT_YET.find(({ asks }) => asks(spec))
  if (found === undefined) return
  const { field, what, remedy } = found
  throw new UserError('NotSupportedYetError', `${field}: ${what} is not there yet`, { field, remedy })
}

async function withPinnedImage(file: unknown, config: DockerConfig, options: AbortOptions): Promise<unknown> {
  const engine = (file as { engine?: { docker?: { image?: unknown } } } | undefined)?.engine
  const image = engine?.docker?.image
  if (typeof image !== 'string' || PINNED.test(image)) return file
  const docker = dockerEngine({ nodeId: 'submit', socketPath: config.docker.socket })
  const pinned = await docker.resolveImage(image, options)
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
