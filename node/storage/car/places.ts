/** Transfers by CAR at the same time from one peer: as many as it serves to one. */
export const PLACES_PER_PEER = 4
/** Transfers at the same time from all peers: each may hold the window, 8 MiB, twice. */
const PLACES = 16

export interface Place {
  free(): void
}

/** Places for transfers. Who gets none goes another way, so nobody waits. */
export class CarPlaces {
  readonly #byPeer = new Map<string, number>()
  #taken = 0

  take(peer: string): Place | undefined {
    const ofPeer = this.#byPeer.get(peer) ?? 0
    if (this.#taken >= PLACES || ofPeer >= PLACES_PER_PEER) return undefined
    this.#taken++
    this.#byPeer.set(peer, ofPeer + 1)
    return { free: () => this.#free(peer) }
  }

  #free(peer: string): void {
    this.#taken--
    const left = (this.#byPeer.get(peer) ?? 1) - 1
    if (left === 0) this.#byPeer.delete(peer)
    else this.#byPeer.set(peer, left)
  }
}
