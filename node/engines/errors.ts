import { UserError } from '../../protocols/common/errors.ts'

/** The specification asks for something this engine, as configured here, does not give: known before anything has run. */
export class UnsupportedJobError extends UserError {
  constructor(field: string, message: string, remedy: string, value?: unknown) {
    super('UnsupportedJobError', message, { field, value, remedy })
  }
}

/** The image of a job is neither here nor to be had. */
export class ImageUnavailableError extends UserError {
  constructor(image: string, why: string, remedy: string, cause?: unknown) {
    super('ImageUnavailableError', `image ${image} is not available: ${why}`, {
      field: 'engine.docker.image',
      value: image,
      remedy,
      cause
    })
  }
}

/**
 * The engine was stopped under a running job. Not an outcome: the run may still be there, and `adopt` of the next process tells.
 */
export class EngineStoppedError extends UserError {
  constructor(id: string) {
    super('EngineStoppedError', `the engine was stopped while ${id} ran`, {
      value: id,
      remedy: 'call adopt(id) after the next start'
    })
  }
}
