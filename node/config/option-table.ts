import { formatSize } from '../../protocols/common/units.ts'
import { envOf, flagOf, OPTIONS, type Option } from './options.ts'

/** The settings as a Markdown table, for docs/cli.md (a test compares them). */
export function optionTable(options: readonly Option[] = OPTIONS): string {
  const rows = options.map(option => {
    const { key, kind, placeholder, description } = option
    const { fallback: given } = option
    const fallback = kind === 'size' && typeof given === 'number' ? formatSize(given) : given
    return [
      `\`--${flagOf(option)} ${placeholder}\``,
      `\`${envOf(option)}\``,
      `\`${key}\``,
      showFallback(fallback),
      description
    ]
  })
  const lines = [['flag', 'variable', 'key', 'default', 'meaning'], ['---', '---', '---', '---', '---'], ...rows]
  return lines.map(cells => `| ${cells.map(c => c.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')
}

function showFallback(fallback: unknown): string {
  if (fallback === undefined) return ''
  if (Array.isArray(fallback)) return fallback.length === 0 ? 'none' : `\`${fallback.join(',')}\``
  return typeof fallback === 'object' ? 'none' : `\`${String(fallback)}\``
}
