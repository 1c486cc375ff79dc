// docs/cli-json.md and docs/cli-json.schema.json: what commands print with --json, from the schemas that the tests check it by.
import { z } from 'zod'
import { JSON_ERROR, JSON_OUTPUT } from '../../node/cli/json-output.ts'

/** A row for each command: its form, and the names that are always there. */
export function jsonTable(): string {
  const rows = Object.entries(JSON_OUTPUT).map(
    ([command, { form, schema }]) =>
      `| \`dcn ${command}\` | ${form === 'lines' ? 'a line for each event' : 'one value'} | ${shapes(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })).join('<br>')} |`
  )
  return ['| command | prints | fields |', '| --- | --- | --- |', ...rows].join('\n')
}

/** JSON Schema 2020-12: `properties` has a schema for each command, of one value or of each line. */
export function jsonSchemas(): string {
  const commands = Object.entries(JSON_OUTPUT).map(([command, { schema }]) => [`dcn ${command}`, schema])
  const all = z.object({ error: JSON_ERROR, ...Object.fromEntries(commands) }).partial()
  const title = 'what the commands of dcn print with --json'
  return `${JSON.stringify({ title, ...z.toJSONSchema(all, { io: 'input', reused: 'ref', unrepresentable: 'any' }) }, undefined, 1)}\n`
}

interface Shape {
  anyOf?: Shape[]
  oneOf?: Shape[]
  items?: Shape
  properties?: Record<string, { const?: unknown }>
  required?: string[]
}

/** `[{id, state, name?}]`, one for each form that a value can have. */
function shapes(schema: unknown): string[] {
  const { anyOf, oneOf, items, properties, required = [] } = schema as Shape
  const forms = anyOf ?? oneOf
  if (forms !== undefined) return forms.flatMap(shapes)
  if (items !== undefined) return shapes(items).map(text => text.replace(/^`(.*)`$/, '`[$1]`'))
  const names = Object.entries(properties ?? {}).map(([name, { const: word }]) => {
    if (word !== undefined) return `${name}: "${word}"`
    return required.includes(name) ? name : `${name}?`
  })
  return [`\`{${names.join(', ')}}\``]
}
