import { clean } from '../../../protocols/common/clean.ts'
import { messageOf } from '../../../protocols/common/errors.ts'
import { ImageUnavailableError } from '../errors.ts'

/** As much of a daemon's words as fits into a sentence of ours. */
const MAX_SAID = 160
/** What its client and the daemon put before the reason: status, request, layers of Go errors. */
const PREFIXES = [
  /^\(HTTP code \d+\) [^-]*-\s*/,
  /^(Error response from daemon|error pulling image configuration|no such image|failed to resolve reference "[^"]*"): /i,
  /^(Get|Head|Post) "[^"]*": /,
  /^dial tcp:? /,
  /^(failed to create (shim )?task|OCI runtime create failed|runc create failed|unable to start container process): /i
]

/** What an engine or a registry said, in one line without the codes and wrappings of its API. */
export function saidBy(error: unknown): string {
  let text = messageOf(error).replace(/\s+/g, ' ').trim()
  for (let before = ''; before !== text; ) {
    before = text
    for (const prefix of PREFIXES) text = text.replace(prefix, '')
  }
  text = clean(text.replace(/: unknown$/, ''))
  return text.length > MAX_SAID ? `${text.slice(0, MAX_SAID)}…` : text
}

interface Trouble {
  says: RegExp
  what: string
  remedy: string
}

/** The first that fits counts: a registry's "not found" may stand behind an address that is not. */
const TROUBLES: readonly Trouble[] = [
  {
    says: /invalid reference format|must be lowercase|invalid checksum digest/i,
    what: 'this is no name of an image',
    remedy: 'write it in lower case as NAME:TAG, such as debian:12, or NAME@sha256:…'
  },
  {
    says: /no space left/i,
    what: 'the disk of the Docker engine is full',
    remedy: 'make room there: "docker system df" says what takes it'
  },
  {
    says: /toomanyrequests|rate limit/i,
    what: 'it is not here, and its registry gives no more for now',
    remedy: 'try again later, or log the Docker engine in with: docker login'
  },
  {
    says: /denied|unauthorized|authentication|forbidden/i,
    what: 'it is not here, and its registry does not give it to everybody, or has none of that name',
    remedy: 'check the name; pull a private image by hand first, or share it by CID with: dcn image push'
  },
  {
    says: /no such host|refused|unreachable|timeout|timed out|deadline exceeded|tls|x509|certificate|EOF|misbehaving|reset by peer|no route/i,
    what: 'it is not here, and its registry does not answer',
    remedy:
      'check the name and the network of the Docker engine; without a registry load the image by hand, or share it by CID with: dcn image push'
  },
  {
    says: /manifest .*unknown|not found|no such|does not exist/i,
    what: 'it is not here, and its registry does not have it',
    remedy: 'check its name, tag or digest'
  }
]
const OTHER = {
  what: 'it is not here, and the pull failed',
  remedy: 'check that the registry can be reached and has the digest, or load the image into the engine by hand'
}
/** Of the socket that the daemon listens at: it said nothing at all. */
const SILENT = new Set(['ENOENT', 'ECONNREFUSED', 'EACCES', 'ECONNRESET', 'EPIPE'])
const NO_ENGINE = {
  what: 'the Docker engine does not answer',
  remedy: 'start dockerd, or add this user to the group "docker"; "dcn doctor" says what engines are here'
}

/** Why an image cannot be had, in a sentence of ours with the reason that was given behind it. */
export function imageTrouble(image: string, error: unknown): ImageUnavailableError {
  const said = saidBy(error)
  const isSilent = SILENT.has(String((error as { code?: unknown } | undefined)?.code))
  const words = withoutName(image, said)
  const { what, remedy } = isSilent ? NO_ENGINE : (TROUBLES.find(({ says }) => says.test(words)) ?? OTHER)
  return new ImageUnavailableError(image, said === '' ? what : `${what} (${said})`, remedy, error)
}

/** What was said but for the name of the image, which may have any of the words above in it. */
function withoutName(image: string, said: string): string {
  const name = nameOf(image)
  const words = said.split(/[\s"',]+/)
  return words.filter(word => nameOf(word) !== name).join(' ')
}

/** `x` of `registry:5000/team/x:tag@sha256:…` */
const nameOf = (image: string): string | undefined => /([^/:@]+)(:[^/@]*)?(@.*)?$/.exec(image)?.[1]
