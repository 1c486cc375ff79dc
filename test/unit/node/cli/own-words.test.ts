import assert from 'node:assert/strict'
import { withOwnWords } from '../../../../node/cli/own-words.ts'
import { clientProgram } from '../../../../node/cli/program.ts'
import { memoryIo } from './memory-io.ts'

const CASES: [string, string][] = [
  ['docker run busybox sh -c hi', 'docker run busybox -- sh -c hi'],
  ['docker run busybox ls --help', 'docker run busybox -- ls --help'],
  ['docker run busybox echo -- a', 'docker run busybox -- echo -- a'],
  ['docker run --cpu 2 busybox --memory 64MiB sh -c hi', 'docker run --cpu 2 busybox --memory 64MiB -- sh -c hi'],
  ['docker run --cpu=2 --json busybox sh', 'docker run --cpu=2 --json busybox -- sh'],
  ['docker run busybox --cpu 2 -- sh -c hi', 'docker run busybox --cpu 2 -- sh -c hi'],
  ['docker run busybox --cpu 2', 'docker run busybox --cpu 2'],
  ['docker run --help', 'docker run --help'],
  ['job list scan --all', 'job list scan --all']
]

describe('cli/own-words', () => {
  for (const [given, parted] of CASES) {
    it(`default: ${given}`, async () => {
      const program = await clientProgram(['docker', 'run'], memoryIo(), async () => {})
      assert.equal(withOwnWords(given.split(' '), program).join(' '), parted)
    })
  }
})
