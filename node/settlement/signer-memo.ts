import type { Address, Hex } from '../../protocols/common/values.ts'

/** The signatures of some hundred deals at about 400 bytes each. */
const KEPT = 1024

/**
 * Remembers who signed what. Recovering an account from a signature costs 1–3 ms, and the same two signatures of a deal are
 * looked at when it is agreed, opened, delivered and settled. Pure, so nothing can be wrong with an answer that is kept.
 */
export class SignerMemo {
  readonly #known = new Map<string, Address | undefined>()
  readonly #recover: (digest: Hex, signature: Hex) => Promise<Address | undefined>

  constructor(recover: (digest: Hex, signature: Hex) => Promise<Address | undefined>) {
    this.#recover = recover
  }

  async signerOf(digest: Hex, signature: Hex): Promise<Address | undefined> {
    const key = `${digest}${signature}`
    if (this.#known.has(key)) return this.#known.get(key)
    const signer = await this.#recover(digest, signature)
    this.note(digest, signature, signer)
    return signer
  }

  /** What is known without looking: our own signatures. */
  note(digest: Hex, signature: Hex, signer: Address | undefined): void {
    this.#known.set(`${digest}${signature}`, signer)
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= KEPT) break
      this.#known.delete(oldest)
    }
  }
}
