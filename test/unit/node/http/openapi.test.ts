import assert from 'node:assert/strict'
import { Validator } from '@seriousme/openapi-schema-validator'
import { buildApp } from '../../../../node/http/app.ts'
import { COMPONENTS } from '../../../../node/http/openapi/components.ts'
import { openApi } from '../../../../node/http/openapi/document.ts'
import { operationList } from '../../../../node/http/operations/index.ts'
import { API_PREFIX } from '../../../../node/http/prefix.ts'
import { routePath } from '../../../../node/http/register.ts'
import { streamHub } from '../../../../node/http/streams.ts'
import type { Uploads } from '../../../../node/http/uploads.ts'
import { memoryApi } from './memory-api.ts'

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

  it('behavior: the server has the routes of the document and no others', async () => {
    const hub = streamHub()
    const context = { api: memoryApi(), uploads: {} as Uploads }
    const app = buildApp({ host: '127.0.0.1', token: 'x', context, hub, onError: undefined })
    assert.equal(app.printRoutes().trim(), '(empty tree)')
    const served = new Set<string>()
    app.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) if (one !== 'HEAD') served.add(`${one} ${url}`)
    })
    await app.ready()
    await app.close()
    assert.deepEqual(
      [...served].sort(),
      operationList.map(([, row]) => `${row.method} ${API_PREFIX}${routePath(row.path)}`).sort()
    )
  })
})
