import { UserError } from '../../../protocols/common/errors.ts'
import type { CarEnd } from '../../../protocols/data/messages.ts'

/** The stream ended before all had come, and the peer did not say why: worth another try. */
export class CarCutError extends UserError {
  constructor(why: string, cause?: unknown) {
    super('CarCutError', `the transfer was cut: ${why}`, { cause })
  }
}

/** The peer is asked in another way. */
export class CarUnknownError extends UserError {
  constructor(cause: unknown) {
    super('CarUnknownError', 'the peer does not speak the CAR protocol', { cause })
  }
}

/** The peer ended the stream and said why. */
export class CarEndedError extends UserError {
  readonly isFinal: boolean

  constructor({ reason, cid }: CarEnd) {
    super(
      'CarEndedError',
      reason === 'limit' ? 'the peer ended the stream at its limit' : `the peer does not have ${cid}`
    )
    this.isFinal = reason === 'missing'
  }
}

/** As many transfers from this peer as it serves are running already. */
export class PeerBusyError extends UserError {
  constructor(peer: string) {
    super('PeerBusyError', `all places for transfers from peer ${peer} are taken`, { field: 'peer', value: peer })
  }
}
