import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, findNode, type NodeClient } from '../../../../node/http/client.ts'
import { type ApiServer, apiServer } from '../../../../node/http/server.ts'
import { type MemoryApi, memoryApi } from './memory-api.ts'

const SPEC = { engine: { js: { source: '1' } } }

for (const streams of ['events', 'websocket'] as const) {
  describe(`http streams and client: ${streams}`, () => {
    let dataDir: string
    let api: MemoryApi
    let server: ApiServer
    let client: NodeClient
    let id: string

    beforeEach(async () => {
      dataDir = mkdtempSync(join(tmpdir(), 'dcn-sse-'))
      api = memoryApi()
      server = apiServer({ dataDir, maxStreams: 2, heartbeatMs: 10 })({ api })
      await server.start()
      client = connect({ ...(await findNode(dataDir)), streams })
      id = (await client.submit({ spec: SPEC })).id
    })
    afterEach(async () => {
      await server.stop()
      api.hub.close()
      rmSync(dataDir, { recursive: true, force: true })
    })

    async function text(chunks: AsyncIterable<{ bytes: Uint8Array }>): Promise<string> {
      let all = ''
      for await (const { bytes } of chunks) all += Buffer.from(bytes).toString('latin1')
      return all
    }

    it('default: logs follow the job to its end', async () => {
      api.log(id, 'stdout', 'a\n')
      const read = text(client.logs(id, { follow: true }))
      api.log(id, 'stderr', Uint8Array.of(0xff, 0x0a))
      api.log(id, 'stdout', 'c\n')
      api.move(id, 'done')
      assert.equal(await read, 'a\n\u00ff\nc\n')
    })

    it('behavior: logs resume where they were cut', async () => {
      for (const line of ['a', 'b', 'c']) api.log(id, 'stdout', line)
      assert.equal(await text(client.logs(id, { from: 1 })), 'bc')
      const headers = { authorization: `Bearer ${server.token}`, 'last-event-id': '1' }
      const answer = await (await fetch(`${server.url}/api/v1/jobs/${id}/logs?follow=false`, { headers })).text()
      const ids = [...answer.matchAll(/^id: (\d+)$/gm)].map(m => m[1])
      assert.deepEqual(ids, ['2'])
      assert.match(answer, /event: end/)
    })

    it('default: a push tells its progress and then the image; an error in it is an error here', async () => {
      const seen: unknown[] = []
      for await (const event of await client.pushImage('tool:2')) {
        seen.push(event.type === 'image' ? [event.image.name, event.image.cid] : event.step)
      }
      assert.deepEqual(seen, ['saving', ['tool:2', 'bafyimage']])
      const failing = async () => {
        for await (const _event of await client.pushImage('missing'));
      }
      await assert.rejects(failing(), { name: 'InvalidInputError', field: 'image' })
      assert.equal((await client.images()).length, 1)
      await client.removeImage('bafyimage')
      await assert.rejects(client.removeImage('other'), { name: 'ImageNotFoundError' })
    })

    it('behavior: events resume after a number and can be of one job', async () => {
      const other = (await client.submit({ spec: SPEC })).id
      api.move(id, 'agreed')
      api.move(other, 'agreed')
      api.move(id, 'running')
      const seen: string[] = []
      const controller = new AbortController()
      for await (const event of await client.events({ after: 0, job: id, signal: controller.signal })) {
        if (event.type === 'job') seen.push(`${event.seq} ${event.job.state}`)
        if (seen.length === 2) controller.abort()
      }
      assert.deepEqual(seen, ['1 agreed', '3 running'])
    })

    it('behavior: a reader that stops frees its place', async () => {
      for (let i = 0; i < 5; i++) {
        const controller = new AbortController()
        const read = text(client.logs(id, { follow: true, signal: controller.signal }))
        controller.abort()
        await read.catch(() => undefined)
      }
      api.move(id, 'done')
      await eventually(async () => assert.equal(await text(client.logs(id)), ''))
    })

    it('error: too many streams', async () => {
      const controller = new AbortController()
      const open = [1, 2].map(async () => {
        for await (const event of await client.events({ after: 0, signal: controller.signal })) assert.ok(event)
      })
      api.move(id, 'agreed')
      await eventually(() => assert.rejects(text(client.logs(id)), { name: 'BusyError' }))
      controller.abort()
      await Promise.allSettled(open)
    })

    it('error: a stream that the server ends is cut, not finished', async () => {
      const read = text(client.logs(id, { follow: true }))
      api.log(id, 'stdout', 'a')
      const outcome = assert.rejects(read, (e: Error) => ['StreamCutError', 'NodeUnreachableError'].includes(e.name))
      await server.stop()
      await outcome
    })

    it('error: a failure in mid-stream arrives with its name', async () => {
      api.logs = async function* fail() {
        yield { seq: 0, at: 1, stream: 'stdout', bytes: Buffer.from('a') }
        throw new RangeError('a bug')
      }
      await assert.rejects(text(client.logs(id)), { name: 'InternalError' })
    })

    it('error: names cross the wire', async () => {
      await assert.rejects(client.job('none'), { name: 'JobNotFoundError', field: 'id' })
      await assert.rejects(client.withdraw(10n ** 12n, `0x${'1'.repeat(40)}`), { name: 'InsufficientBalanceError' })
      await assert.rejects(connect({ url: server.url ?? '', token: 'x' }).info(), { name: 'UnauthorizedError' })
      await server.stop()
      await assert.rejects(client.info(), { name: 'NodeUnreachableError' })
      await assert.rejects(findNode(dataDir), { name: 'NodeUnreachableError' })
    })
  })
}

/** Tries again as fast as the loop turns until it holds; the suite's timeout is the end. */
async function eventually(check: () => Promise<void>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await check()
    } catch (error) {
      if (tries === 200) throw error
      await new Promise(resolve => setImmediate(resolve))
    }
  }
}
