/**
 * Go's text/template as job files use it: the language, its built-in functions and its printing, over text, numbers, lists
 * and maps. Pure and bounded: a template is at most `TEMPLATE_LIMITS` long, and so is the work it asks for.
 *
 * ```ts
 * const template = compile('{"Image": {{.Image}}}', { functions: { subst } })
 * render(template, stringMap({ Image: '"debian"' }))
 * ```
 */
import { BUILTINS, type TemplateFunctions } from './builtins.ts'
import { Evaluator, type MissingKey, type Piece } from './evaluate.ts'
import { TEMPLATE_LIMITS, type TemplateLimits } from './limits.ts'
import type { Template } from './nodes.ts'
import { parseTemplate } from './parser.ts'
import type { Value } from './values.ts'

export interface CompileOptions {
  /** functions beside the built-in ones @default none */
  functions?: TemplateFunctions
}

export interface RenderOptions {
  /** what a name without a value does: `print` writes `<no value>` @default print */
  missingKey?: MissingKey
  limits?: Partial<TemplateLimits>
}

export interface CompiledTemplate {
  readonly template: Template
  readonly functions: TemplateFunctions
}

/** @throws TemplateSyntaxError, TemplateLimitError, TemplateUnsupportedError, TooLargeError */
export function compile(source: string, options: CompileOptions = {}): CompiledTemplate {
  const functions = { ...BUILTINS, ...options.functions }
  return { template: parseTemplate(source, new Set([...Object.keys(functions), 'and', 'or'])), functions }
}

/** @throws TemplateExecError, TemplateMissingKeyError, TemplateLimitError, TemplateUnsupportedError */
export function render(compiled: CompiledTemplate, data: Value, options: RenderOptions = {}): string {
  return renderPieces(compiled, data, options)
    .map(piece => piece.text)
    .join('')
}

/** The same in pieces, each with the offset of what printed it. */
export function renderPieces(
  { template, functions }: CompiledTemplate,
  data: Value,
  options: RenderOptions = {}
): readonly Piece[] {
  const { missingKey = 'print', limits } = options
  return new Evaluator(template, { functions, missingKey, limits: { ...TEMPLATE_LIMITS, ...limits } }).run(data)
}

export type { Parameter, TemplateFunction, TemplateFunctions } from './builtins.ts'
export {
  Failure,
  type Place,
  placeOf,
  TemplateError,
  TemplateExecError,
  TemplateLimitError,
  TemplateMissingKeyError,
  TemplateSyntaxError,
  TemplateUnsupportedError
} from './errors.ts'
export type { MissingKey, Piece } from './evaluate.ts'
export { TEMPLATE_LIMITS } from './limits.ts'
export type { Template } from './nodes.ts'
export { anyValue, GoMap, stringMap, type Value } from './values.ts'
