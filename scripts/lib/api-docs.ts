// What docs/ says of the API and of errors, out of the tables that the program itself runs on.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT } from '../../node/errors/exit.ts'
import { ERRORS } from '../../node/errors/index.ts'
import { documentPath, openApi } from '../../node/http/openapi/document.ts'
import { TAGS } from '../../node/http/operation.ts'
import { operationList } from '../../node/http/operations/index.ts'

const cell = (text: string): string => text.replaceAll('|', '\\|')

/** Routes by section, with what each does. */
export function routeTable(): string {
  const sections = Object.entries(TAGS).map(([tag, title]) => {
    const rows = operationList.filter(([, row]) => row.tag === tag)
    const lines = rows.map(([name, { method, path, query, summary, description, stream }]) => {
      const asked = query === undefined ? '' : `?${Object.keys(query.shape).join('=&')}=`
      const kind = stream === undefined ? '' : ' (stream)'
      const more = description === undefined ? '' : `. ${description.replace(/\.$/, '')}`
      return `| \`${method} ${documentPath(path)}${asked}\`${kind} | \`${name}\` | ${cell(summary + more)} |`
    })
    if (lines.length === 0) return ''
    return [`**${title}**`, '', '| route | operation | |', '| --- | --- | --- |', ...lines].join('\n')
  })
  return sections.filter(s => s !== '').join('\n\n')
}

/** docs/errors.md: a heading for each, so that every name is an anchor. */
export function errorsPage(): string {
  const entries = Object.entries(ERRORS).sort(([a], [b]) => (a < b ? -1 : 1))
  const parts = entries.map(
    ([name, { status, exit, meaning, remedy }]) =>
      `### ${name}\n\n${sentence(meaning)} HTTP ${status}, exit code ${EXIT[exit]}. What to do: ${remedy}.`
  )
  return `# Errors

Every error that a person or a program can meet has a name that stays the same; its message says more about the one case. Over HTTP the name is
in a problem document ([api.md](api.md)), whose \`type\` points at \`/api/v1/errors#NAME\` of the node itself: that answers with this table. A
command prints the message and the remedy, with \`--json\` the name too, and ends with the exit code. \`error\` of a job is such a name as well.

This page is written by \`npm run docs\` from \`node/errors/\`.

${parts.join('\n\n')}
`
}

/** docs/openapi.json: what a node serves at /api/v1/openapi.json. */
export function openApiFile(root: string): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  return `${JSON.stringify(openApi(version), undefined, 1)}\n`
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
