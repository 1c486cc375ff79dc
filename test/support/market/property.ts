import fc from 'fast-check'

/** One seed for everybody: a failure here is a failure everywhere. fast-check prints it with the smallest counterexample. */
export const SEED = 20_260_401

export function check<T>(property: fc.IProperty<T>, numRuns = 100): void {
  fc.assert(property, { seed: SEED, numRuns })
}

export function checkAsync<T>(property: fc.IAsyncProperty<T>, numRuns = 100): Promise<void> {
  return fc.assert(property, { seed: SEED, numRuns })
}
