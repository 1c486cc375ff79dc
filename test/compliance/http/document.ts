import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

interface Content {
  schema: object
}
interface Response {
  $ref?: string
  description?: string
  content?: Record<string, Content>
}
export interface DocumentOperation {
  operationId: string
  parameters?: { name: string; in: string; required: boolean; schema: { type?: string } }[]
  requestBody?: { required: boolean; content: Record<string, Content> }
  responses: Record<string, Response>
}
export interface Document {
  paths: Record<string, Record<string, DocumentOperation>>
  components: { responses: Record<string, Response> }
}

export interface Found {
  path: string
  method: string
  operation: DocumentOperation
}

/** The document as a judge: what it says of an answer, and whether a body fits it. */
export function judgeOf(document: Document) {
  const ajv = new Ajv2020({ strict: false, validateSchema: false, validateFormats: false })
  ajv.addSchema({ ...document, $id: 'document' })
  const compiled = new Map<string, ValidateFunction>()
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Found => ({ path, method, operation }))
  )

  /** @param parts of a JSON pointer */
  function fits(parts: string[], value: unknown): string | undefined {
    const pointer = parts.map(part => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')
    const check = compiled.get(pointer) ?? ajv.compile({ $ref: `document#/${pointer}` })
    compiled.set(pointer, check)
    return check(value) ? undefined : ajv.errorsText(check.errors)
  }

  return {
    operations,
    /** whether a JSON body is one that the operation takes */
    takes: ({ path, method }: Found, body: unknown): boolean =>
      fits(['paths', path, method, 'requestBody', 'content', 'application/json', 'schema'], body) === undefined,
    /** what is wrong with an answer; undefined when the document promises it */
    wrong({ path, method, operation }: Found, status: number, type: string, body: unknown): string | undefined {
      const promised = operation.responses[status]
      if (promised === undefined) return `status ${status} is not in the document`
      const [media = ''] = type.split(';')
      const shared = promised.$ref?.split('/').at(-1)
      const response = shared === undefined ? promised : document.components.responses[shared]
      if (response?.content?.[media] === undefined) return `${status} with ${media} is not in the document`
      const at =
        shared === undefined
          ? ['paths', path, method, 'responses', String(status)]
          : ['components', 'responses', shared]
      return fits([...at, 'content', media, 'schema'], body)
    }
  }
}
export type Judge = ReturnType<typeof judgeOf>
