// TypeScript with the interface that programs have used for years: the project's own, 7, has no stable one yet. API Extractor
// brings this one for itself.
import { createRequire } from 'node:module'
import type * as Classic from '../../../node_modules/@microsoft/api-extractor/node_modules/typescript/lib/typescript.js'

export type Typescript = typeof Classic
export type Checker = Classic.TypeChecker
export type Type = Classic.Type
export type Symbol = Classic.Symbol
export type Program = Classic.Program

const require = createRequire(import.meta.url)

/** Loads it, which takes half a second. */
export function classicTypescript(): Typescript {
  const extractor = require.resolve('@microsoft/api-extractor')
  return createRequire(extractor)('typescript') as Typescript
}
