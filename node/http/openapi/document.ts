import { z } from 'zod'
import { type ErrorName, errorRow } from '../../errors/index.ts'
import { errorsOf, idText, type Operation, replyOf, TAGS } from '../operation.ts'
import { operationList } from '../operations/index.ts'
import { API_PREFIX } from '../prefix.ts'
import { PROBLEM_TYPE, problem } from '../problems.ts'
import { type JsonSchema, schemaCollector } from './schemas.ts'

const BYTES = { 'application/octet-stream': { schema: {} } }
const DESCRIPTION = `The local API of a dcn-node. Amounts are decimal strings of the token's smallest unit, times unix milliseconds, sizes bytes,
CIDs text. Answers may gain keys: a client ignores what it does not know. docs/api.md says what this document cannot.`

type Responses = Record<string, JsonSchema>
type Collector = ReturnType<typeof schemaCollector>

/** The API as OpenAPI 3.1, out of the table of routes and the schemas that check them. */
export function openApi(version: string): JsonSchema {
  const schemas = schemaCollector()
  const responses: Responses = {}
  const paths: Record<string, Record<string, JsonSchema>> = {}
  for (const [name, row] of operationList) {
    const path = documentPath(row.path)
    paths[path] = { ...paths[path], [row.method.toLowerCase()]: describe(name, row, schemas, responses) }
  }
  return {
    openapi: '3.1.1',
    info: { title: 'dcn-node', version, description: DESCRIPTION, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: API_PREFIX, description: 'below the `url` of api.json in the data directory' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    security: [{ token: [] }],
    paths,
    components: {
      schemas: schemas.components(),
      responses: Object.fromEntries(Object.entries(responses).sort(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: '`token` of api.json' } }
    }
  }
}

/** OpenAPI has no name for the rest of a path: there it is a parameter whose slashes stay as they are. */
export const documentPath = (path: string): string => path.replace('*}', '}')

function describe(name: string, row: Operation, schemas: Collector, shared: Responses): JsonSchema {
  const { summary, description, tag } = row
  const parameters = [...pathParameters(row, schemas), ...queryParameters(row, schemas)]
  return {
    operationId: name,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(row.open === true ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...requestBody(row, schemas),
    responses: { ...success(row, schemas), ...refusals(errorsOf(row), schemas, shared) }
  }
}

function pathParameters(row: Operation, schemas: Collector): JsonSchema[] {
  return [...row.path.matchAll(/\{(\w+)(\*?)\}/g)].map(([, name = '', rest]) => {
    const field = (row.params?.shape[name] as z.ZodType | undefined) ?? (rest === '*' ? z.string().min(1) : idText)
    const [found] = schemas.fields(z.object({ [name]: field }))
    const description = rest === '*' ? 'a relative path: its parts are encoded one by one, the slashes stay' : undefined
    return {
      name,
      in: 'path',
      required: true,
      schema: found?.schema ?? {},
      ...(description === undefined ? {} : { description })
    }
  })
}

function queryParameters(row: Operation, schemas: Collector): JsonSchema[] {
  const query = row.query === undefined ? [] : schemas.fields(row.query).map(field => ({ in: 'query', ...field }))
  if (row.stream === undefined) return query
  const schema = { type: 'integer', minimum: 0 }
  const description = 'number of the last message seen: the stream goes on after it'
  return [...query, { name: 'Last-Event-ID', in: 'header', required: false, schema, description }]
}

function requestBody(row: Operation, schemas: Collector): JsonSchema {
  if (row.bytes === 'body') return { requestBody: { required: true, content: BYTES } }
  if (row.body === undefined) return {}
  const required = !row.body.safeParse({}).success
  return { requestBody: { required, content: { 'application/json': { schema: schemas.body(row.body) } } } }
}

function success(row: Operation, schemas: Collector): JsonSchema {
  if (row.bytes === 'reply') {
    const content = row.contentType === undefined ? BYTES : { [row.contentType.split(';')[0] ?? '']: { schema: {} } }
    return { '200': { description: 'the bytes', content } }
  }
  if (row.stream !== undefined) {
    const { events, schema, endless } = row.stream
    const names = [...events, ...(endless === true ? [] : ['end']), 'error']
    const description = `server-sent events ${names.map(n => `\`${n}\``).join(', ')}; the schema is that of \`data\` of all but the last ones`
    const upgraded = { description: 'the same as WebSocket messages, see docs/api.md' }
    return {
      ...(row.method === 'GET' ? { '101': upgraded } : {}),
      '200': { description, content: { 'text/event-stream': { schema: schemas.body(schema) } }, 'x-events': names }
    }
  }
  const { status, schema } = replyOf(row)
  return { [status]: { description: row.summary, content: { 'application/json': { schema: schemas.body(schema) } } } }
}

/** Problems by status, each with the names that it can have; the same set stands in the document once. */
function refusals(names: readonly ErrorName[], schemas: Collector, shared: Responses): JsonSchema {
  const byStatus = Map.groupBy(names, name => errorRow(name)?.status ?? 400)
  return Object.fromEntries(
    [...byStatus].map(([status, found]) => {
      const key = found.join('-')
      const schema = { allOf: [schemas.body(problem), { properties: { name: { enum: found } } }] }
      shared[key] = { description: found.join(', '), content: { [PROBLEM_TYPE]: { schema } } }
      return [status, { $ref: `#/components/responses/${key}` }]
    })
  )
}
