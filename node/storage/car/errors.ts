import { UserError } from '../../../protocols/common/errors.ts'
import type { CarEnd } from '../../../protocols/data/messages.ts'

/** The stream ended before all had come, and the peer did not say why: worth another try. */
export class CarCutError extends UserError {
  constructor(why: string, cause?: unknown) {
    super('CarCutError', `the transfer was cut: ${why}`, { cause })
  }
}

/** The peer ended the stream and said why, or does not speak the protocol. */
export class CarEndedError extends UserError {
  readonly isFinal: boolean

  constructor(why: string, isFinal: boolean, cause?: unknown) {
    super('CarEndedError', why, { cause })
    this.isFinal = isFinal
  }

  static of({ reason, cid }: CarEnd): CarEndedError {
    if (reason === 'limit') return new CarEndedError('the peer ended the stream at its limit', false)
    return new CarEndedError(`the peer does not have ${cid}`, true)
  }
}

/** As many transfers from this peer as it serves are running already. */
export class PeerBusyError extends UserError {
  constructor(peer: string) {
    super('PeerBusyError', `all places for transfers from peer ${peer} are taken`, { field: 'peer', value: peer })
  }
}
