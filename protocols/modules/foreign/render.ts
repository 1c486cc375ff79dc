import {
  type CompiledTemplate,
  compile,
  type MissingKey,
  type Piece,
  placeOf,
  renderPieces,
  stringMap,
  TemplateError
} from '../../templates/index.ts'
import { goJson } from './go-json.ts'
import { jsonErrorAt } from './json-place.ts'
import { type ForeignSystem, FUNCTIONS_OF } from './systems.ts'

/** What the rendered text is not: JSON. Names the line of the template and, where one is there, the input. */
export class TemplateJsonError extends TemplateError {
  readonly input: string | undefined
  constructor(message: string, place: { line: number; column: number }, remedy: string, input?: string) {
    super('TemplateJsonError', message, place, { remedy, ...(input === undefined ? {} : { value: input }) })
    this.input = input
  }
}

export interface Rendered {
  compiled: CompiledTemplate
  pieces: readonly Piece[]
  text: string
}

/** @throws TemplateSyntaxError and the other errors of compile */
export const compileForeign = (source: string, system: ForeignSystem): CompiledTemplate =>
  compile(source, { functions: FUNCTIONS_OF[system] })

/** Renders as those systems do: each input is JSON before it comes into the template. @throws TemplateError */
export function renderForeign(
  compiled: CompiledTemplate,
  inputs: ReadonlyMap<string, string>,
  missingKey: MissingKey = 'print'
): Rendered {
  const data = stringMap(Object.fromEntries([...inputs].map(([key, value]) => [key, goJson(value)])))
  const pieces = renderPieces(compiled, data, { missingKey })
  return { compiled, pieces, text: pieces.map(p => p.text).join('') }
}

/** The JSON of a rendered template. @throws TemplateJsonError with the line of the template */
export function parseRendered({ compiled, pieces, text }: Rendered): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const offset = jsonErrorAt(text) ?? text.length
    const found = pieceAt(pieces, offset)
    const source = compiled.template.source
    const place = placeOf(source, found.at)
    const input = found.piece?.isText === false ? inputAt(source, found.at) : inputBefore(pieces, found.index, source)
    const { message, remedy } = explain(text, offset, found.piece, input)
    throw new TemplateJsonError(message, place, remedy, input)
  }
}

/** Which piece printed the character at an offset, and the offset in the source of what printed it. */
export function pieceAt(
  pieces: readonly Piece[],
  offset: number
): { piece: Piece | undefined; index: number; at: number } {
  let start = 0
  for (const [index, piece] of pieces.entries()) {
    if (offset < start + piece.text.length) return { piece, index, at: piece.at + (piece.isText ? offset - start : 0) }
    start += piece.text.length
  }
  const last = pieces.at(-1)
  return {
    piece: last,
    index: pieces.length - 1,
    at: last === undefined ? 0 : last.at + (last.isText ? last.text.length : 0)
  }
}

/** The input that an action prints: the first field in it. */
export function inputAt(source: string, at: number): string | undefined {
  const end = source.indexOf('}}', at)
  return /\.([\p{L}_][\p{L}\p{Nd}_]*)/u.exec(source.slice(at, end === -1 ? undefined : end))?.[1]
}

/** A value that breaks JSON is often noticed only behind it. */
function inputBefore(pieces: readonly Piece[], index: number, source: string): string | undefined {
  const before = pieces[index - 1]
  return before === undefined || before.isText ? undefined : inputAt(source, before.at)
}

function explain(
  text: string,
  offset: number,
  piece: Piece | undefined,
  input: string | undefined
): { message: string; remedy: string } {
  const char = text.charAt(offset)
  const before = text.slice(0, offset).trimEnd().at(-1)
  if ((char === '}' || char === ']') && before === ',') {
    return { message: `a comma before "${char}" is no JSON`, remedy: 'remove the comma' }
  }
  if (piece?.text === '<no value>') {
    return {
      message: `the input ${input ?? ''} is missing here`,
      remedy: `give ${input ?? 'it'} a value, or write {{ or .${input ?? 'x'} "\\"default\\"" }}`
    }
  }
  if (text.startsWith("\\'", offset)) {
    return {
      message: `the apostrophe in ${input ?? 'an input'} becomes \\', which is no JSON`,
      remedy: 'leave "js" out: inputs are JSON already'
    }
  }
  if (input !== undefined) {
    return {
      message: `the value of ${input} breaks the JSON around it`,
      remedy: `inputs bring their own quotes: write "K": {{ .${input} }}, or {{ subst "K=%s" .${input} }} with lilypad, and no quotes around it`
    }
  }
  const what = char === '' ? 'the JSON ends too early' : `${JSON.stringify(char)} cannot stand here in JSON`
  return { message: what, remedy: 'correct the JSON around this place' }
}
