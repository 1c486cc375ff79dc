import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dcn } from '../../../../node/cli/program.ts'
import { member } from '../../../support/deal/nodes.ts'
import { Cleanup } from '../../../support/hosts.ts'
import { memoryIo } from '../cli/memory-io.ts'

const COUNT = 12

describe('roles: a group is submitted once', function () {
  this.timeout(60_000)
  const cleanup = new Cleanup()
  after(() => cleanup.run())

  it('behavior: by two commands at the same moment, and by one after a restart; another command is refused', async () => {
    const creator = await member(cleanup, 'creator')
    const cwd = await cleanup.dir()
    await writeFile(join(cwd, 'job.yaml'), 'engine: { noop: { exitCode: 0, ms: 0 } }\n')
    const io = () => memoryIo({ env: { DCN_DATA_DIR: creator.dataDir }, cwd })
    const run = async (count = COUNT): Promise<string> => {
      const own = io()
      const code = await dcn(['run', 'job.yaml', '--count', `${count}`, '--name', 'scan', '--detach', '--json'], own)
      return code === 0 ? 'done' : own.err() + own.out()
    }
    const numbers = async (): Promise<(number | undefined)[]> => {
      const { jobs } = await creator.node.api.jobList({ sweep: 'scan' })
      return jobs.map(({ sweep }) => sweep?.index).sort((a = 0, b = 0) => a - b)
    }
    const all = Array.from({ length: COUNT }, (_unused, i) => i)
    assert.deepEqual(await Promise.all([run(), run(), run()]), ['done', 'done', 'done'])
    assert.deepEqual(await numbers(), all)
    const [request] = (await creator.node.api.jobList({ sweep: 'scan', limit: 1 })).jobs
    assert.ok(request?.sweep !== undefined)
    await creator.restart()
    const again = { spec: { engine: { noop: { exitCode: 0, ms: 0 } } }, sweep: request.sweep }
    assert.equal((await creator.node.api.submit(again)).id, request.id)
    await assert.rejects(creator.node.api.submit({ ...again, sweep: { ...request.sweep, plan: '00'.repeat(32) } }), {
      name: 'SweepDiffersError'
    })
    assert.match(await run(COUNT + 1), /SweepDiffersError/)
    assert.deepEqual(await numbers(), all)
  })
})
