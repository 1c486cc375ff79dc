/** What a person needs to mend a bad input: where, what was there, what is allowed, what to do. */
export interface ErrorDetails {
  /** path of the offending field, e.g. `resources.memoryBytes` */
  field?: string
  /** the offending value, shortened for display */
  value?: unknown
  /** the limit it broke, in words or a number with its unit */
  limit?: string
  /** what to do about it */
  remedy?: string
  cause?: unknown
}

/**
 * An error caused by input or by the world, never by a bug of ours: shown as a message with a remedy, without a stack.
 * Callers and tests look at `name`, which is stable, never at the message.
 */
export class UserError extends Error {
  readonly field: string | undefined
  readonly value: unknown
  readonly limit: string | undefined
  readonly remedy: string | undefined

  constructor(name: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = name
    this.field = details.field
    this.value = details.value
    this.limit = details.limit
    this.remedy = details.remedy
  }

  toJSON(): Record<string, unknown> {
    const { name, message, field, limit, remedy } = this
    return { name, message, field, value: showValue(this.value), limit, remedy }
  }
}

/** A value that came from a file, a flag, the wire or the API and does not fit its schema. */
export class InvalidInputError extends UserError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('InvalidInputError', message, details)
  }
}

/** Bytes that are not the canonical dag-cbor encoding of anything. */
export class NonCanonicalError extends UserError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('NonCanonicalError', message, details)
  }
}

/** Bytes or a list longer than the stated limit. */
export class TooLargeError extends UserError {
  constructor(what: string, size: number, limit: number, remedy?: string) {
    super('TooLargeError', `${what} has ${size}, at most ${limit} are allowed`, {
      field: what,
      value: size,
      limit: String(limit),
      ...(remedy === undefined ? {} : { remedy })
    })
  }
}

/** A signature that does not belong to the bytes or to the claimed signer. */
export class BadSignatureError extends UserError {
  constructor(what: string, details: ErrorDetails = {}) {
    super('BadSignatureError', `the signature on ${what} is not the claimed signer's`, details)
  }
}

/** A promise of our own code was broken: a bug, shown with its stack and a request to report it. */
export class InternalError extends Error {
  override readonly name = 'InternalError'
}

/** The one-line form of any thrown value, for logs and refusals sent to a peer (no stack, bounded). */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.length > 500 ? `${text.slice(0, 500)}…` : text
}

function showValue(value: unknown): unknown {
  if (value === undefined || value === null || typeof value === 'number' || typeof value === 'boolean') return value
  const text = typeof value === 'string' ? value : typeof value === 'bigint' ? value.toString() : describe(value)
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}

function describe(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.byteLength} bytes`
  try {
    return JSON.stringify(value, (_key, v) => (typeof v === 'bigint' ? v.toString() : v)) ?? String(value)
  } catch {
    return String(value)
  }
}
