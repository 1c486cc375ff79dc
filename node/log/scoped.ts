import type { Log } from '../components.ts'

/** The log of one part of the node: each line says which. A log that has no parts stays as it is. */
export function scoped<L extends Log>(log: L, component: string): Log {
  const { child } = log as unknown as { child?: (bindings: object) => Log }
  return typeof child === 'function' ? child.call(log, { component }) : log
}
