import assert from 'node:assert/strict'
import { Validator } from '@seriousme/openapi-schema-validator'
import { COMPONENTS } from '../../../../node/http/openapi/components.ts'
import { openApi } from '../../../../node/http/openapi/document.ts'
import { operationList } from '../../../../node/http/operations/index.ts'

interface Document {
  openapi: string
  paths: Record<string, Record<string, { operationId: string; security?: unknown[] }>>
  components: { schemas: Record<string, unknown> }
}

describe('http/openapi', () => {
  const document = openApi('1.2.3') as unknown as Document

  it('default: it is an OpenAPI 3.1 document', async () => {
    assert.match(document.openapi, /^3\.1\./)
    const { valid, errors } = await new Validator().validate(structuredClone(document) as never)
    assert.ok(valid, JSON.stringify(errors))
  })

  it('behavior: it has every row of the table once, and nothing else', () => {
    const inDocument = Object.values(document.paths).flatMap(path => Object.values(path).map(o => o.operationId))
    assert.deepEqual(inDocument.sort(), operationList.map(([name]) => name).sort())
    assert.equal(new Set(inDocument).size, inDocument.length)
  })

  it('behavior: what it points at is there, and each named schema is used', () => {
    const pointers = new Set([...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(m => m[1] ?? ''))
    for (const pointer of pointers) {
      let here: unknown = document
      for (const part of pointer.split('/')) here = (here as Record<string, unknown> | undefined)?.[part]
      assert.ok(here !== undefined, pointer)
    }
    assert.deepEqual(Object.keys(document.components.schemas), Object.keys(COMPONENTS).sort())
  })

  it('behavior: answers may gain keys, requests may not', () => {
    const { Job, Submission } = document.components.schemas as Record<string, { additionalProperties?: boolean }>
    assert.equal(Job?.additionalProperties, undefined)
    assert.equal(Submission?.additionalProperties, false)
  })

  it('behavior: only what holds nothing of the owner goes without a token', () => {
    const open = operationList.filter(([, row]) => row.open === true).map(([name]) => name)
    assert.deepEqual(open, ['getHealth', 'getDocument', 'listErrors', 'getReadiness'])
  })
})
