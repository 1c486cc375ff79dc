import assert from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fetchSources, replaceSources, shownUrl } from '../../../../node/cli/sources.ts'

describe('cli/sources', () => {
  let server: Server
  let base: string

  before(async () => {
    server = createServer((request, response) => {
      if (request.url === '/data') return response.end('from a server')
      if (request.url === '/mine') return response.end(request.headers.authorization)
      if (request.url === '/moved') return response.writeHead(302, { location: '/data' }).end()
      if (request.url === '/cut')
        return response.writeHead(200, { 'content-length': '100' }).write('x', () => response.destroy())
      return response.writeHead(404).end()
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(() => server.close())

  it('default: URLs and inline data become files, and leave nothing', async () => {
    const seen: [string, number][] = []
    const file = {
      engine: { wasm: { url: `${base}/data`, args: ['a'] } },
      inputs: [
        { url: `${base}/moved`, path: '/inputs/a' },
        { inline: 'data:text/plain;base64,aGk=', path: '/inputs/b' },
        { cid: 'bafy', path: '/inputs/c' }
      ]
    }
    const made = await fetchSources(file, ({ field }, bytes) => void seen.push([field, bytes]))
    const [a, b, c] = made.file['inputs'] as { local: string; path: string }[]
    const { wasm } = made.file['engine'] as { wasm: { local: string; args: string[] } }
    const texts = await Promise.all([wasm.local, a?.local, b?.local].map(path => readFile(path ?? '', 'utf8')))
    assert.deepEqual(texts, ['from a server', 'from a server', 'hi'])
    assert.deepEqual([wasm.args, a?.path, c], [['a'], '/inputs/a', { cid: 'bafy', path: '/inputs/c' }])
    assert.deepEqual(
      new Map(seen),
      new Map([
        ['inputs.0.url', 13],
        ['inputs.1.inline', 2],
        ['engine.wasm.url', 13]
      ])
    )
    await made.remove()
    await assert.rejects(stat(wasm.local))
  })

  const REFUSED: [string, () => string, RegExp][] = [
    ['a page that is not there', () => `${base}/none`, /404/],
    ['an answer that is cut off', () => `${base}/cut`, /terminated|closed|other side/],
    ['a server that is not there', () => 'http://127.0.0.1:1/x', /ECONNREFUSED|bad port/],
    ['a file of this machine', () => 'file:///etc/passwd', /http/],
    ['data that is none', () => 'data:;base64,%', /./]
  ]
  for (const [what, url, why] of REFUSED) {
    it(`error: ${what}`, async () => {
      const file = { inputs: [{ url: url(), path: '/inputs/x' }] }
      await assert.rejects(
        fetchSources(file, () => undefined),
        { name: 'UrlFetchError', field: 'inputs.0.url', message: why }
      )
    })
  }

  it('behavior: an error shows neither password nor query', async () => {
    const url = `${base.replace('http://', 'http://me:secret@')}/none?key=secret`
    await assert.rejects(
      fetchSources({ inputs: [{ url, path: '/x' }] }, () => undefined),
      (error: Error) => !JSON.stringify([error.message, error]).includes('secret')
    )
  })

  it('behavior: a password in the address is sent as one', async () => {
    const url = `${base.replace('http://', 'http://me:p%40ss@')}/mine`
    const made = await fetchSources({ inputs: [{ url, path: '/x' }] }, () => undefined)
    const [{ local } = { local: '' }] = made.file['inputs'] as { local: string }[]
    assert.equal(await readFile(local, 'utf8'), `Basic ${btoa('me:p@ss')}`)
    await made.remove()
  })

  it('behavior: a password with an "@" is not half shown', () => {
    assert.equal(shownUrl('https://me:p@ss@example.org/a@b?key=1'), 'https://…@example.org/a@b?…')
  })

  it('behavior: inline data is data, whatever address stands there', async () => {
    const file = { inputs: [{ inline: 'http://127.0.0.1/secret', path: '/x' }] }
    assert.deepEqual(await replaceSources(file, async () => assert.fail()), file)
  })

  it('behavior: what names no source stays as it is', async () => {
    const file = { engine: { docker: { image: 'x' } }, inputs: 'nothing' }
    assert.deepEqual(await replaceSources(file, async () => assert.fail()), file)
    const both = { inputs: [{ url: 'http://x', cid: 'bafy' }] }
    assert.deepEqual(await replaceSources(both, async () => assert.fail()), both)
  })
})
