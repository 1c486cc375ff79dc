import { UserError } from '../../protocols/common/errors.ts'
import type { Address } from '../../protocols/common/values.ts'
import { imageCidOf } from '../../protocols/images/manifest.ts'
import { parseSpec } from '../../protocols/job/parse-spec.ts'
import type { JobSpec } from '../../protocols/job/schema.ts'
import type { JobOffer } from '../../protocols/offers/schema.ts'
import type { Config } from '../config/schema.ts'
import { dockerEngine } from '../engines/docker/index.ts'
import type { SubmitRequest } from '../http/views.ts'
import type { Images } from '../images/images.ts'

/**
 * The specification that is signed: normalised, and with a mutable image tag replaced by the digest it has now.
 *
 * @throws InvalidInputError, ImageUnavailableError, ImageNotFoundError, NotSupportedYetError
 */
export async function toSpec(
  file: unknown,
  config: { docker: Pick<Config['docker'], 'socket'> },
  images: Pick<Images, 'check'>
): Promise<JobSpec> {
  const spec = parseSpec(await withPinnedImage(file, config))
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

async function withPinnedImage(file: unknown, config: { docker: Pick<Config['docker'], 'socket'> }): Promise<unknown> {
  const engine = (file as { engine?: { docker?: { image?: unknown } } } | undefined)?.engine
  const image = engine?.docker?.image
  if (typeof image !== 'string' || PINNED.test(image)) return file
  const docker = dockerEngine({ nodeId: 'submit', socketPath: config.docker.socket })
  return { ...(file as object), engine: { docker: { ...engine?.docker, image: await docker.resolveImage(image) } } }
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
