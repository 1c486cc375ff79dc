import { compile, render, stringMap, TemplateMissingKeyError } from '../templates/index.ts'

export type Variables = Readonly<Record<string, string>>

/** A job file is a Go template there, and a variable without a value an error. A file without `{{` is left as it is. */
export function fillTemplate(source: string, variables: Variables): string {
  if (!source.includes('{{')) return source
  try {
    return render(compile(source), stringMap(variables), { missingKey: 'error' })
  } catch (error) {
    if (!(error instanceof TemplateMissingKeyError) || !NAME.test(error.key)) throw error
    throw new TemplateMissingKeyError(error.key, error, `add -V ${error.key}=VALUE`)
  }
}

/** What can be given as a variable; anything else was an expression. */
const NAME = /^\w+$/
