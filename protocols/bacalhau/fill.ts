import { compile, render, stringMap } from '../templates/index.ts'

export type Variables = Readonly<Record<string, string>>

/** A job file is a Go template there, and a variable without a value an error. A file without `{{` is left as it is. */
export function fillTemplate(source: string, variables: Variables): string {
  if (!source.includes('{{')) return source
  return render(compile(source), stringMap(variables), { missingKey: 'error' })
}
