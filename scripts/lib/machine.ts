import { cpus, totalmem } from 'node:os'

export const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB`

/** Cores that all programs of this machine used, on average over a time in which this one waits. */
export async function busyCores(overMs: number): Promise<number> {
  const before = usedMs()
  const start = performance.now()
  await new Promise(resolve => setTimeout(resolve, overMs))
  return Math.round((100 * (usedMs() - before)) / (performance.now() - start)) / 100
}

const usedMs = (): number =>
  cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0)
