import type { World } from '../deal/world.ts'

/** Who is connected to whom: random rings through all members, two neighbours in each, so nobody is left out. */
export function links(world: World, members: readonly number[], degree: number): Map<number, readonly number[]> {
  const neighbours = new Map(members.map(node => [node, new Set<number>()]))
  for (let ring = 0; ring < degree / 2; ring++) {
    const order = shuffled(world, members)
    order.forEach((node, i) => {
      const next = order[(i + 1) % order.length] ?? node
      if (next === node) return
      neighbours.get(node)?.add(next)
      neighbours.get(next)?.add(node)
    })
  }
  return new Map([...neighbours].map(([node, set]) => [node, [...set]]))
}

export function shuffled<T>(world: World, list: readonly T[]): T[] {
  const order = [...list]
  for (let i = order.length - 1; i > 0; i--) {
    const j = world.between(0, i)
    ;[order[i], order[j]] = [order[j] as T, order[i] as T]
  }
  return order
}
