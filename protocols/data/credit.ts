import { CarViolationError } from './errors.ts'
import { CAR_LIMITS } from './limits.ts'

/** The sender's account: what is under way. The muxer's own windows cannot bound it, because the receiver's store is slower than they are. */
export class SendCredit {
  #sent = 0
  #consumed = 0

  get sent(): number {
    return this.#sent
  }

  get consumed(): number {
    return this.#consumed
  }

  /** Whether so many more bytes may be sent now. */
  hasRoom(bytes: number): boolean {
    return this.#sent + bytes - this.#consumed <= CAR_LIMITS.windowBytes
  }

  send(bytes: number): void {
    this.#sent += bytes
  }

  /** @throws CarViolationError: more than was sent, or less than was said before */
  acknowledge(consumed: number): void {
    if (consumed > this.#sent || consumed < this.#consumed) {
      throw new CarViolationError('a credit that cannot be', {
        field: 'consumed',
        value: consumed,
        limit: `${this.#consumed} to ${this.#sent}`
      })
    }
    this.#consumed = consumed
  }
}

/** The receiver's account: what it holds, and what it has told. */
export class ReceiveCredit {
  #received = 0
  #consumed = 0
  #told = 0

  get received(): number {
    return this.#received
  }

  /** bytes that came and are not dealt with yet */
  get held(): number {
    return this.#received - this.#consumed
  }

  /** enough has been dealt with to tell the sender */
  get isDue(): boolean {
    return this.#consumed - this.#told >= CAR_LIMITS.creditBytes
  }

  /** @throws CarViolationError: more than the window */
  receive(bytes: number): void {
    this.#received += bytes
    if (this.#received - this.#told > CAR_LIMITS.windowBytes) {
      throw new CarViolationError('more bytes than were allowed', { limit: `${CAR_LIMITS.windowBytes} bytes` })
    }
  }

  consume(bytes: number): void {
    this.#consumed += bytes
  }

  /** what to tell the sender now */
  tell(): number {
    this.#told = this.#consumed
    return this.#told
  }
}
