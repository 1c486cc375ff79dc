import { z } from 'zod'
import { COMPONENTS } from './components.ts'

export type JsonSchema = { [key: string]: unknown }

const registry = z.registry<{ id: string; description: string }>()
for (const [id, [schema, description]] of Object.entries(COMPONENTS)) registry.add(schema, { id, description })

const IN_DEFS = '#/$defs/'
const IN_DOCUMENT = '#/components/schemas/'

/**
 * JSON Schema (2020-12) of zod schemas for one document: those with a name of their own are collected and pointed at.
 *
 * Plain objects stay open, because answers may gain keys.
 */
export function schemaCollector() {
  const components: Record<string, JsonSchema> = {}

  function convert(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    // inside another one, so that a schema with a name is pointed at like everywhere else
    const whole = z.toJSONSchema(z.object({ it: schema }), { metadata: registry, io, unrepresentable: 'any' })
    for (const [id, { id: _id, ...found }] of Object.entries(whole.$defs ?? {})) {
      components[id] = pointAtDocument(found) as JsonSchema
    }
    return pointAtDocument(whole.properties?.['it']) as JsonSchema
  }

  return {
    /** of a body, as it is on the wire */
    body: (schema: z.ZodType) => convert(schema, 'input'),
    /** of the fields of a path or a query: what their text means, since everything there is text */
    fields: (schema: z.ZodObject) =>
      Object.entries(schema.shape).map(([name, field]) => ({
        name,
        required: !(field instanceof z.ZodOptional),
        schema: convert(field instanceof z.ZodOptional ? (field.unwrap() as z.ZodType) : (field as z.ZodType), 'output')
      })),
    /** by name, in the order of the alphabet */
    components: () => Object.fromEntries(Object.entries(components).sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}

function pointAtDocument(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pointAtDocument)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const points = key === '$ref' && typeof inner === 'string' && inner.startsWith(IN_DEFS)
      return [key, points ? `${IN_DOCUMENT}${inner.slice(IN_DEFS.length)}` : pointAtDocument(inner)]
    })
  )
}
