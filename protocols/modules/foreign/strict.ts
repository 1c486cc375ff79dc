import { isMapping } from '../../job/file-fields.ts'
import { type CompiledTemplate, placeOf, TemplateError } from '../../templates/index.ts'
import { goJson } from './go-json.ts'
import { inputAt, parseRendered, pieceAt, type Rendered, renderForeign } from './render.ts'

/** A template that works for some values and not for others: named before it runs. */
export class StrictTemplateError extends TemplateError {
  readonly input: string | undefined
  constructor(message: string, place: { line: number; column: number }, remedy: string, input?: string) {
    super('StrictTemplateError', message, place, { remedy, ...(input === undefined ? {} : { value: input }) })
    this.input = input
  }
}

/** Stands for a value: letters and digits alone, so that no escaping changes it. */
const tokenOf = (index: number): string => `dcnInput${index}Qx7`

/**
 * Renders a template so that no value can change its structure: placeholders go through the template, its JSON is parsed, and only
 * then do values take their place. Refuses what would be wrong for some value: a missing input, quotes inside of quotes, values that decide
 * what is printed or are changed on their way.
 *
 * @throws TemplateMissingKeyError, TemplateJsonError, StrictTemplateError and the errors of the template language
 */
export function renderStrict(compiled: CompiledTemplate, inputs: ReadonlyMap<string, string>): unknown {
  const tokens = new Map([...inputs.keys()].map((name, i) => [name, tokenOf(i)]))
  const probe = renderForeign(compiled, tokens, 'error-when-used')
  const real = renderForeign(compiled, inputs, 'error-when-used')
  const shape = parseRendered(probe)
  checkQuotes(probe, tokens)
  checkSamePath(probe, real, tokens, inputs)
  return withValues(shape, new Map([...tokens].map(([name, token]) => [token, inputs.get(name) ?? ''])))
}

/** `"X={{ js .x }}"`: the quotes that the input brought are part of the text. */
function checkQuotes(probe: Rendered, tokens: ReadonlyMap<string, string>): void {
  for (const [name, token] of tokens) {
    const offset = probe.text.search(new RegExp(`\\\\"${token}\\\\"`))
    if (offset === -1) continue
    const source = probe.compiled.template.source
    const place = placeOf(source, pieceAt(probe.pieces, offset).at)
    const remedy = `inputs are JSON already: write "K": {{ .${name} }}, or {{ subst "K=%s" .${name} }} with lilypad`
    throw new StrictTemplateError(`${name} keeps its quotes inside of the text`, place, remedy, name)
  }
}

/** With the values themselves the same pieces must be printed, each with its value where the placeholder was. */
function checkSamePath(
  probe: Rendered,
  real: Rendered,
  tokens: ReadonlyMap<string, string>,
  inputs: ReadonlyMap<string, string>
): void {
  const source = probe.compiled.template.source
  const count = Math.max(probe.pieces.length, real.pieces.length)
  for (let i = 0; i < count; i++) {
    const [expected, actual] = [probe.pieces[i], real.pieces[i]]
    if (expected === undefined || actual === undefined || expected.at !== actual.at) {
      const at = (expected ?? actual)?.at ?? 0
      const remedy = 'use module.yaml, with an input of type enum or boolean'
      throw new StrictTemplateError('what is printed here depends on a value', placeOf(source, at), remedy)
    }
    if (!sameWith(expected.text, actual.text, tokens, inputs)) {
      const input = inputAt(source, expected.at)
      const remedy = 'print the input as it is: {{ .x }}'
      throw new StrictTemplateError(
        `the value of ${input ?? 'an input'} is changed here`,
        placeOf(source, expected.at),
        remedy,
        input
      )
    }
  }
}

function sameWith(
  expected: string,
  actual: string,
  tokens: ReadonlyMap<string, string>,
  inputs: ReadonlyMap<string, string>
): boolean {
  let [asJson, asText] = [expected, expected]
  for (const [name, token] of tokens) {
    const value = inputs.get(name) ?? ''
    asJson = asJson.replaceAll(`"${token}"`, () => goJson(value))
    asText = asText.replaceAll(token, () => value)
  }
  return actual === asJson || actual === asText
}

function withValues(value: unknown, values: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') {
    return value.replace(/dcnInput\d+Qx7/g, token => values.get(token) ?? token)
  }
  if (Array.isArray(value)) return value.map(item => withValues(item, values))
  if (!isMapping(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withValues(inner, values)]))
}
