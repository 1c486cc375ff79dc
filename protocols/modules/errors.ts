import { type ErrorDetails, UserError } from '../common/errors.ts'

/** A module's own files are wrong: for its author. */
export class InvalidModuleError extends UserError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('InvalidModuleError', message, details)
  }
}

/** What was given with -i does not fit the module: for whoever runs it. */
export class ModuleInputError extends UserError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('ModuleInputError', message, details)
  }
}

/** Nothing of that name, or not with that version. */
export class ModuleNotFoundError extends UserError {
  constructor(name: string, why: string, remedy: string) {
    super('ModuleNotFoundError', `no module "${name}": ${why}`, { field: 'module', value: name, remedy })
  }
}

/** A foreign module asks for what does not exist here. */
export class NotConvertibleError extends UserError {
  constructor(field: string, why: string, remedy: string, value?: unknown) {
    super('NotConvertibleError', `${field}: ${why}`, { field, value, limit: why, remedy })
  }
}
