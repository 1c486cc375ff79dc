import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Messenger } from '../../../../../node/components.ts'
import { JobLogs } from '../../../../../node/roles/creator/job-logs.ts'
import { type Hex, toHex } from '../../../../../protocols/common/values.ts'
import type { CreatorState } from '../../../../../protocols/deal/creator-types.ts'
import { digestOf } from '../../../../support/market/make.ts'

/** What is read of a job's state. */
const stateOf = (jobId: string, dealId: Hex) => ({ jobId, attempt: { dealId } }) as unknown as CreatorState
const nobody: Messenger = {
  request: () => Promise.reject(new Error('there is nobody')),
  handle: async () => undefined,
  unhandle: async () => undefined
}

describe('roles/creator/job-logs', () => {
  let dir: string
  let logs: JobLogs
  const deal = toHex(digestOf('deal'))
  const output = 'out\n'
  const openFiles = () => readdirSync('/proc/self/fd').length
  const read = async (job: string) => {
    const chunks: string[] = []
    for await (const { bytes } of logs.read(job, deal, 0, { follow: true })) chunks.push(Buffer.from(bytes).toString())
    return chunks.join('')
  }
  const complete = (job: string) => logs.complete(stateOf(job, deal), join(dir, 'result'), new Uint8Array(32))

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dcn-logs-'))
    await mkdir(join(dir, 'result'))
    await writeFile(join(dir, 'result', 'stdout'), output)
    await writeFile(join(dir, 'result', 'stderr'), '')
    logs = new JobLogs(nobody, join(dir, 'jobs'))
  })
  afterEach(async () => {
    logs.close()
    await rm(dir, { recursive: true, force: true })
  })

  it('default: a reader gets what the result holds, during the job and after it', async () => {
    const reading = read('job')
    await complete('job')
    assert.equal(await reading, output)
    assert.equal(await read('job'), output)
  })

  it('behavior: jobs that are over hold no file open, however many there were', async function () {
    if (process.platform !== 'linux') return this.skip()
    const before = openFiles()
    for (let i = 0; i < 50; i++) {
      await complete(`job-${i}`)
      logs.end(`job-${i}`)
      assert.equal(await read(`job-${i}`), output)
    }
    assert.ok(openFiles() - before < 10)
  })

  it('behavior: a job that ends without output ends its readers', async () => {
    const reading = read('job')
    logs.end('job')
    assert.equal(await reading, '')
  })
})
