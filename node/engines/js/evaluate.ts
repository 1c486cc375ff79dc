import type ivm from 'isolated-vm'
import { brokenLimit, stackOf, timeLeft } from './failure.ts'

/** Appended to the program: reading this export fails until the module, top-level awaits included, has run to its end. */
const MARK = '$dcnEvaluated'
const FILENAME = 'job.mjs'

export interface EvaluateParts {
  isolate: ivm.Isolate
  context: ivm.Context
  /** runs the guest's next timer */
  tick: ivm.Reference
  /** by performance.now() */
  deadline: number
}

/**
 * Compiles and evaluates the module. Gives the exported function, or in words what was wrong with the module; throws what isolated-vm
 * throws when a limit of the isolate ended it.
 */
export async function evaluate(parts: EvaluateParts, source: string, entry: string): Promise<ivm.Reference | string> {
  const module = await evaluated(parts, source)
  if (typeof module === 'string') return module
  const main = module.namespace.getSync(entry, { reference: true }) as ivm.Reference | undefined
  return main?.typeof === 'function' ? main : `the module exports no function named "${entry}"`
}

async function evaluated(parts: EvaluateParts, source: string): Promise<ivm.Module | string> {
  const { isolate, context, tick, deadline } = parts
  try {
    const module = await isolate.compileModule(`${source}\nexport const ${MARK} = 1`, { filename: FILENAME })
    await module.instantiate(context, specifier => {
      throw new Error(`cannot import "${specifier.slice(0, 200)}": a job is one self-contained module`)
    })
    await module.evaluate(timeLeft(deadline))
    while (!isEvaluated(module)) {
      if ((await tick.apply(undefined, [], timeLeft(deadline))) !== true)
        return 'the module’s top-level await can never settle'
    }
    return module
  } catch (error) {
    if (brokenLimit(isolate, deadline) !== undefined) throw error
    return stackOf(error)
  }
}

function isEvaluated(module: ivm.Module): boolean {
  try {
    return module.namespace.getSync(MARK) === 1
  } catch {
    return false
  }
}
