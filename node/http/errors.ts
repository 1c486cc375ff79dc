import { UserError } from '../../protocols/common/errors.ts'

export class JobNotFoundError extends UserError {
  /** @param meant an id or a name that is there and nearly the same @param remedy in place of the list of jobs */
  constructor(id: string, meant?: string, remedy?: string) {
    const all = remedy ?? 'list the jobs with: dcn job list'
    super('JobNotFoundError', `there is no job ${id}`, {
      field: 'id',
      value: id,
      remedy: meant === undefined ? all : `did you mean "${meant}"? ${all}`
    })
  }
}

/** A job is wanted, and several have this name together. */
export class GroupError extends JobNotFoundError {
  constructor(name: string) {
    super(name, undefined, `it is a group: dcn job list ${name}`)
  }
}

/** No dispute of this deal is known. */
export class DealNotFoundError extends UserError {
  constructor(id: string) {
    super('DealNotFoundError', `deal ${id} is not before the court`, {
      field: 'deal',
      value: id,
      remedy: 'list the deals with: dcn deals'
    })
  }
}

export class ResultNotFoundError extends UserError {
  constructor(id: string, path: string) {
    super('ResultNotFoundError', `job ${id} has no result file ${path}`, {
      field: 'path',
      value: path,
      remedy: `list the files with: dcn job show ${id}`
    })
  }
}

/** The name of a group belongs to the jobs of another command. */
export class SweepDiffersError extends UserError {
  constructor(name: string) {
    super('SweepDiffersError', `${name} is the name of other jobs already`, {
      field: 'name',
      value: name,
      remedy: `choose another --name; the same command goes on with what it began: see "dcn job list ${name}"`
    })
  }
}

export class NotFoundError extends UserError {
  constructor(what: string, value: string, remedy: string) {
    super('NotFoundError', `there is no ${what} ${value}`, { field: what, value, remedy })
  }
}

export class UnauthorizedError extends UserError {
  constructor() {
    super('UnauthorizedError', 'the API token is missing or wrong', {
      field: 'authorization',
      remedy: 'send "Authorization: Bearer TOKEN" with the token of api.json in the data directory'
    })
  }
}

/** A page of another site, or a name that was made to point here, tries to speak to the node. */
export class ForbiddenOriginError extends UserError {
  constructor(field: 'host' | 'origin', value: string) {
    super('ForbiddenOriginError', `requests with this ${field} are refused`, {
      field,
      value,
      remedy: 'use the URL that the node prints when it starts'
    })
  }
}

/** The node has as many of these as it serves at a time. */
export class BusyError extends UserError {
  constructor(what: string, limit: number) {
    super('BusyError', `the node serves at most ${limit} ${what} at a time`, {
      field: what,
      limit: String(limit),
      remedy: 'close one and try again'
    })
  }
}

export class ConflictError extends UserError {
  constructor(message: string, remedy: string) {
    super('ConflictError', message, { remedy })
  }
}

export class NodeUnreachableError extends UserError {
  constructor(where: string, cause: unknown, remedy = 'start the node with dcn-node, or name its address with --node') {
    super('NodeUnreachableError', `no node answers at ${where}`, { field: 'node', value: where, remedy, cause })
  }
}

/** A probe's answer while something that the node needs is not there. */
export class NotReadyError extends UserError {
  constructor(checks: readonly { name: string; ok: boolean; reason?: string | undefined }[]) {
    const failed = checks.filter(({ ok }) => !ok).map(({ name, reason }) => `${name}: ${reason ?? 'failed'}`)
    super('NotReadyError', `not ready: ${failed.join('; ')}`, { remedy: 'see "dcn doctor" and the log of the node' })
  }
}

export class NoProviderError extends UserError {
  constructor() {
    super('NoProviderError', 'this node is no provider: it takes no deals', {
      field: 'role',
      remedy: 'drain the node of a provider; "dcn node stop" ends this one'
    })
  }
}

/** A request that comes so slowly that it would hold its connection for others. */
export class SlowRequestError extends UserError {
  constructor(limitMs: number) {
    super('SlowRequestError', `the body did not arrive within ${limitMs} ms`, {
      field: 'body',
      limit: `${limitMs} ms`,
      remedy: 'send it in one piece'
    })
  }
}
