import { CID } from 'multiformats/cid'

/**
 * What an operator writes about images: a repository with at most one `*` (`ghcr.io/acme/*`), a digest (`sha256:…`), or
 * `ipfs://CID`. Repositories are compared as the engine understands them: `busybox` is `docker.io/library/busybox`.
 */
const REPOSITORY = /^[a-zA-Z0-9*](?:[a-zA-Z0-9._:/*-]*[a-zA-Z0-9*])?$/
const DIGEST = /^sha256:[0-9a-f]{64}$/
const MAX_CHARS = 512

export function isImagePattern(pattern: string): boolean {
  if (pattern.length > MAX_CHARS) return false
  if (pattern.startsWith('ipfs://')) return cidText(pattern.slice('ipfs://'.length)) !== undefined
  if (DIGEST.test(pattern)) return true
  return REPOSITORY.test(pattern) && pattern.split('*').length <= 2 && !hasTag(pattern)
}

/**
 * Whether a job's image (`name@sha256:…`, `sha256:…` or `ipfs://CID`) is meant. An image that comes without a name belongs to no
 * repository, so `*` means every image that has one.
 */
export function matchesImage(pattern: string, image: string): boolean {
  if (image.startsWith('ipfs://')) {
    const cid = cidText(image.slice('ipfs://'.length))
    return cid !== undefined && pattern.startsWith('ipfs://') && cid === cidText(pattern.slice('ipfs://'.length))
  }
  const [name, digest = name] = image.split('@')
  if (DIGEST.test(pattern)) return digest === pattern
  if (name === undefined || name === digest || pattern.startsWith('ipfs://')) return false
  return matchesRepository(fullName(pattern), fullName(name))
}

function matchesRepository(pattern: string, name: string): boolean {
  const [before = '', after] = pattern.split('*')
  if (after === undefined) return pattern === name
  return name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after)
}

/** With the registry and the folder that the engine adds where they are left out. A tag beside a digest means nothing. */
function fullName(name: string): string {
  if (name.startsWith('*')) return name
  const bare = hasTag(name) ? name.slice(0, name.lastIndexOf(':')) : name
  const slash = bare.indexOf('/')
  const host = slash < 0 ? '' : bare.slice(0, slash)
  if (host === 'index.docker.io') return `docker.io${bare.slice(slash)}`
  if (host === 'docker.io' && !bare.slice(slash + 1).includes('/')) return `docker.io/library${bare.slice(slash)}`
  if (/[.:]|^localhost$/.test(host) || host.includes('*')) return bare
  return slash < 0 ? `docker.io/library/${bare}` : `docker.io/${bare}`
}

/** A colon after the last slash; one before it is the port of a registry. */
const hasTag = (name: string): boolean => name.lastIndexOf(':') > name.lastIndexOf('/')

/** One text for one CID, however it was written. */
export function cidText(given: string): string | undefined {
  try {
    return CID.parse(given).toV1().toString()
  } catch {
    return undefined
  }
}
