import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type JobHandle, type NodeClient } from '../../../../node/http/client.ts'
import { type ApiServer, apiServer } from '../../../../node/http/server.ts'
import { type MemoryApi, memoryApi } from './memory-api.ts'

const REQUEST = { spec: { engine: { js: { source: '1' } } } }

for (const streams of ['events', 'websocket'] as const) {
  describe(`http/job-handle: ${streams}`, () => {
    let dataDir: string
    let api: MemoryApi
    let server: ApiServer
    let client: NodeClient
    let job: JobHandle

    beforeEach(async () => {
      dataDir = mkdtempSync(join(tmpdir(), 'dcn-sdk-'))
      api = memoryApi()
      server = apiServer({ dataDir })({ api })
      await server.start()
      client = connect({ dataDir, streams })
      job = await client.run(REQUEST)
    })
    afterEach(async () => {
      await server.stop()
      api.hub.close()
      rmSync(dataDir, { recursive: true, force: true })
    })

    /** another port and another token, as after a restart of the process */
    async function restart(): Promise<void> {
      await server.stop()
      server = apiServer({ dataDir })({ api })
      await server.start()
    }
    const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

    it('default: from submission to the text of a result', async () => {
      assert.equal(client.url, server.url)
      assert.equal((await job.view()).state, 'matching')
      assert.equal((await job.why()).summary, 'no offer fits')
      api.file(job.id, 'stdout', 'hello')
      const end = job.wait()
      api.move(job.id, 'running')
      api.move(job.id, 'done', { outcome: 'exited', exitCode: 0 })
      assert.deepEqual([(await end).state, (await end).exitCode], ['done', 0])
      assert.deepEqual(await job.files(), [{ path: 'stdout', sizeBytes: 5 }])
      assert.equal(await job.text('stdout'), 'hello')
      assert.equal((await client.handle(job.id).view()).state, 'done')
    })

    it('behavior: output goes on after a restart of the node, each piece once', async () => {
      api.log(job.id, 'stdout', 'a')
      const seen: string[] = []
      for await (const { bytes } of job.logs()) {
        seen.push(textOf(bytes))
        if (seen.length === 1) {
          await restart()
          api.log(job.id, 'stdout', 'b')
        }
        if (seen.length === 2) {
          api.log(job.id, 'stdout', 'c')
          api.move(job.id, 'done')
        }
      }
      assert.deepEqual(seen, ['a', 'b', 'c'])
    })

    it('behavior: waiting goes on after a restart, also when the end came in between', async () => {
      const states: string[] = []
      for await (const { state } of job.changes()) {
        states.push(state)
        if (states.length > 1) continue
        await server.stop()
        api.move(job.id, 'done')
        await restart()
      }
      assert.deepEqual(states, ['matching', 'done'])
    })

    it('behavior: events go on after a cut, each once', async () => {
      const controller = new AbortController()
      const seen: number[] = []
      api.move(job.id, 'agreed')
      for await (const event of client.watch({ after: 0, signal: controller.signal })) {
        seen.push(event.seq)
        if (seen.length === 1) {
          await restart()
          api.move(job.id, 'running')
        }
        if (seen.length === 2) controller.abort()
      }
      assert.deepEqual(seen, [1, 2])
    })

    it('error: a signal ends waiting, with its reason', async () => {
      const controller = new AbortController()
      const waiting = assert.rejects(job.wait({ signal: controller.signal }), { name: 'AbortError' })
      controller.abort()
      await waiting
    })

    it('error: what the node refuses is not tried again', async () => {
      await assert.rejects(client.handle('none').wait(), { name: 'JobNotFoundError' })
      await assert.rejects(client.run({ spec: {} }), { name: 'InvalidInputError', field: 'engine' })
      await assert.rejects(connect({ dataDir: join(dataDir, 'nothing') }).info(), { name: 'NodeUnreachableError' })
    })
  })
}
