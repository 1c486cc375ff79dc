import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { resultFiles } from '../../../../node/api/result-files.ts'
import type { CreatorPhase } from '../../../../protocols/deal/creator-types.ts'
import { creatorStart } from '../../../support/deal/builders.ts'

const FILES = ['stdout', 'outputs/replicas/0/x', 'replicas/0/receipt.json', 'replicas/1/stdout', 'replicas/10/stdout']

describe('api/result-files', () => {
  let dir: string
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dcn-result-files-'))
    for (const path of FILES) {
      await mkdir(join(dir, dirname(path)), { recursive: true })
      await writeFile(join(dir, path), 'x')
    }
  })
  after(() => rm(dir, { recursive: true }))

  const listed = (...phases: CreatorPhase[]) =>
    resultFiles(
      dir,
      phases.map(phase => ({ ...creatorStart().state, phase }))
    )

  it('default: all files of a job that runs once', async () => {
    assert.deepEqual(await listed(), [...FILES].sort())
  })

  it('behavior: files of a replica that is on its way are not told: they may be gone when somebody asks for them', async () => {
    const without = (folder: string) => FILES.filter(path => !path.startsWith(folder)).sort()
    for (const phase of ['running', 'fetching', 'reviewing', 'accepted'] as const) {
      assert.deepEqual(await listed('settled', phase), without('replicas/1/'), phase)
      assert.deepEqual(await listed(phase, 'settled'), without('replicas/0/'), phase)
    }
  })

  it('behavior: what was said no to stays as it is, before its money has ended', async () => {
    for (const phase of ['rejected', 'disputed', 'refunded', 'failed'] as const) {
      assert.deepEqual(await listed('settled', phase), [...FILES].sort(), phase)
    }
  })
})
