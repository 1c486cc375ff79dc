import { UserError } from '../../../protocols/common/errors.ts'

/** Nobody answers there now: the same name may work later, or from the cache. */
export class GitUnreachableError extends UserError {
  constructor(url: string, why: string, cause?: unknown) {
    super('GitUnreachableError', `cannot fetch ${url}: ${why}`, {
      field: 'module',
      value: url,
      remedy: 'check the address and the connection, or clone it and give the path of its folder',
      cause
    })
  }
}

/** An address that this node does not connect to for anybody. */
export class GitRefusedError extends UserError {
  constructor(url: string, why: string) {
    super('GitRefusedError', `${url} is not fetched: ${why}`, {
      field: 'module',
      value: url,
      limit: 'https, an address on the public internet, no credentials',
      remedy:
        'name a host of your own network in the setting git.privateHosts, or clone it and give the path of its folder'
    })
  }
}
