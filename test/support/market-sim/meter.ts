/** What bytes were received for. `gossip`: facts that were new to their reader; `control`: what gossip says about messages. */
export const KINDS = ['gossip', 'duplicates', 'control', 'sync', 'deal'] as const
export type Kind = (typeof KINDS)[number]

/** Bytes that each node received, by kind, while the meter is on. */
export class Meter {
  isOn = false
  readonly #received: Record<Kind, Float64Array>

  constructor(nodes: number) {
    const column = () => new Float64Array(nodes)
    this.#received = { gossip: column(), duplicates: column(), control: column(), sync: column(), deal: column() }
  }

  count(node: number, kind: Kind, sizeBytes: number): void {
    if (!this.isOn) return
    const column = this.#received[kind]
    column[node] = (column[node] ?? 0) + sizeBytes
  }

  /** Mean over some nodes. */
  mean(kind: Kind, nodes: readonly number[]): number {
    const column = this.#received[kind]
    return nodes.reduce((sum, node) => sum + (column[node] ?? 0), 0) / Math.max(1, nodes.length)
  }

  /** The most that one node received, all kinds together. */
  most(nodes: readonly number[]): number {
    return Math.max(0, ...nodes.map(node => KINDS.reduce((sum, kind) => sum + (this.#received[kind][node] ?? 0), 0)))
  }
}
