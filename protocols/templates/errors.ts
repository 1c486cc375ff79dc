import { type ErrorDetails, UserError } from '../common/errors.ts'

/** Where in a template something is: both from 1; columns in characters. */
export interface Place {
  line: number
  column: number
}

/** What is wrong with a template, and where. */
export class TemplateError extends UserError {
  readonly line: number
  readonly column: number

  constructor(name: string, message: string, place: Place, details: ErrorDetails = {}) {
    super(name, `line ${place.line}, column ${place.column}: ${message}`, {
      field: `line ${place.line}, column ${place.column}`,
      ...details
    })
    this.line = place.line
    this.column = place.column
  }
}

/** The text is no template. */
export class TemplateSyntaxError extends TemplateError {
  constructor(message: string, place: Place, details: ErrorDetails = {}) {
    super('TemplateSyntaxError', message, place, details)
  }
}

/** The template cannot be carried out with this data. */
export class TemplateExecError extends TemplateError {
  constructor(message: string, place: Place, details: ErrorDetails = {}) {
    super('TemplateExecError', message, place, details)
  }
}

/** The template names an input that has no value, and missing inputs are errors. */
export class TemplateMissingKeyError extends TemplateError {
  readonly key: string
  constructor(key: string, place: Place, remedy: string) {
    super('TemplateMissingKeyError', `"${key}" has no value`, place, { value: key, limit: 'a value', remedy })
    this.key = key
  }
}

/** The template asks for more than its limits allow. */
export class TemplateLimitError extends TemplateError {
  constructor(what: string, limit: number, place: Place, remedy: string) {
    super('TemplateLimitError', `more than ${limit} ${what}`, place, { limit: `${limit} ${what}`, remedy })
  }
}

/** Go can do this and this engine does not: never a silent difference. */
export class TemplateUnsupportedError extends TemplateError {
  constructor(what: string, place: Place, remedy: string) {
    super('TemplateUnsupportedError', `${what} is not supported`, place, { remedy })
  }
}

export function placeOf(source: string, offset: number): Place {
  const before = source.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  let line = 1
  for (let at = before.indexOf('\n'); at !== -1; at = before.indexOf('\n', at + 1)) line++
  return { line, column: Array.from(before.slice(lineStart)).length + 1 }
}

/** Thrown inside functions and printers, which know no place; the evaluator adds it. */
export class Failure extends Error {
  readonly kind: 'exec' | 'unsupported'
  readonly remedy: string | undefined
  constructor(message: string, remedy?: string, kind: 'exec' | 'unsupported' = 'exec') {
    super(message)
    this.kind = kind
    this.remedy = remedy
  }
}
