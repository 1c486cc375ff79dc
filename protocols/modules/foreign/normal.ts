import { type CompiledTemplate, type Piece, TemplateError } from '../../templates/index.ts'
import { renderForeign } from './render.ts'

/** Stands for an input, and for one that is missing: letters and digits alone. */
export const tokenOf = (name: string): string => `dcnIn${Buffer.from(name).toString('hex')}Qx7`
export const MISSING = 'dcnMissingQx7'
const NO_VALUE = '<no value>'
/** As the escaping functions leave it. */
const NO_VALUES = /<no value>|\\u003Cno value\\u003E|&lt;no value&gt;|%3Cno\+value%3E|<nil>/g

/**
 * What the author of a template meant: rendered with a placeholder for each input of `present`, with the quotes that JSON needs and no
 * others, without commas too many. undefined when that is no JSON either.
 */
export function meantJson(compiled: CompiledTemplate, present: readonly string[]): unknown {
  try {
    const { pieces } = renderForeign(compiled, new Map(present.map(name => [name, tokenOf(name)])))
    return JSON.parse(withoutCommas(quotedRight(pieces)))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TemplateError) return undefined
    throw error
  }
}

/** Values inside of a JSON text lose the quotes they brought; what is missing gets a name. */
function quotedRight(pieces: readonly Piece[]): string {
  let out = ''
  let inText = false
  for (const { text, isText } of pieces) {
    if (isText) {
      out += text
      inText = endsInText(text, inText)
    } else if (inText) out += text.replaceAll(NO_VALUES, MISSING).replace(/^\\?"|\\?"$/g, '')
    else out += text === NO_VALUE ? `"${MISSING}"` : text
  }
  return out
}

function endsInText(text: string, startsInText: boolean): boolean {
  let inText = startsInText
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i)
    if (char === '"') inText = !inText
    else if (char === '\\' && inText) i++
  }
  return inText
}

/** Commas before a closing bracket, outside of texts. */
const withoutCommas = (json: string): string =>
  json.replace(/"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])/g, match => (match === ',' ? '' : match))
