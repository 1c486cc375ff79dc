import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isResultFile, resultFiles } from '../../../../node/api/result-files.ts'
import { listFiles } from '../../../../node/roles/creator/job-folder.ts'
import type { CreatorPhase, CreatorState } from '../../../../protocols/deal/creator-types.ts'
import { creatorStart } from '../../../support/deal/builders.ts'

const FILES = ['stdout', 'outputs/replicas/0/x', 'replicas/0/receipt.json', 'replicas/1/stdout', 'replicas/10/stdout']

/** Of the job itself first, then of its replicas. */
const byPart = (a: string, b: string): number => (partOf(a) + a < partOf(b) + b ? -1 : 1)
const partOf = (path: string): string => (path.startsWith('replicas/') ? '1' : '0')

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
    assert.deepEqual(await listed(), [...FILES].sort(byPart))
  })

  it('behavior: files of a replica that is on its way are not told: they may be gone when somebody asks for them', async () => {
    const without = (folder: string) => FILES.filter(path => !path.startsWith(folder)).sort(byPart)
    for (const phase of ['running', 'fetching', 'reviewing', 'accepted'] as const) {
      assert.deepEqual(await listed('settled', phase), without('replicas/1/'), phase)
      assert.deepEqual(await listed(phase, 'settled'), without('replicas/0/'), phase)
    }
  })

  it('behavior: what was said no to stays as it is, before its money has ended', async () => {
    for (const phase of ['rejected', 'disputed', 'refunded', 'failed'] as const) {
      assert.deepEqual(await listed('settled', phase), [...FILES].sort(byPart), phase)
    }
  })

  it('behavior: a result of many files is listed whole; in a view with fewer, those of other runs come last', async () => {
    const many = await mkdtemp(join(tmpdir(), 'dcn-result-files-'))
    try {
      for (const folder of ['check', 'outputs', 'replicas/1']) await mkdir(join(many, folder), { recursive: true })
      const paths = ['outputs', 'replicas/1'].flatMap(dir => Array.from({ length: 600 }, (_unused, i) => `${dir}/${i}`))
      await Promise.all([...paths, 'check/stdout', 'stdout'].map(path => writeFile(join(many, path), '')))
      const { state } = creatorStart()
      const phases = (...of: CreatorPhase[]) => of.map((phase): CreatorState => ({ ...state, phase }))
      const whole = await resultFiles(many, phases('settled', 'rejected'))
      assert.deepEqual([whole.length, whole[600], whole[601]], [1_202, 'stdout', 'check/stdout'])
      const view = await listFiles(many)
      assert.deepEqual([view.length, view.includes('stdout'), view[601]], [1_000, true, 'check/stdout'])
      assert.deepEqual((await resultFiles(many, phases('settled', 'running'))).slice(600), ['stdout', 'check/stdout'])
    } finally {
      await rm(many, { recursive: true })
    }
  })

  it('default: a path is a file of the result where the list would name it', async () => {
    const { state } = creatorStart()
    const replicas = (['running', 'settled'] as const).map((phase): CreatorState => ({ ...state, phase }))
    const named = await resultFiles(dir, replicas)
    for (const path of FILES) assert.equal(await isResultFile(dir, replicas, path), named.includes(path), path)
  })

  it('error: no folder, no link, no way out, nothing of the node itself', async () => {
    const job = await mkdtemp(join(tmpdir(), 'dcn-result-files-'))
    try {
      await mkdir(join(job, 'outputs'))
      await writeFile(join(job, '.log'), 'x')
      await symlink('/etc/hosts', join(job, 'outputs/hosts'))
      await symlink('/etc', join(job, 'etc'))
      const wrong = ['outputs', 'outputs/hosts', 'etc/hosts', '.log', 'none', '', '.', './outputs', 'x\0']
      const out = ['../etc/hosts', 'outputs/../../etc/hosts', '/etc/hosts', join(job, '.log')]
      for (const path of [...wrong, ...out]) assert.equal(await isResultFile(job, [], path), false, path)
    } finally {
      await rm(job, { recursive: true })
    }
  })
})
