import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pauseImage, pauseProgram } from '../../../../../../node/engines/docker/network/pause-image.ts'

describe('engines/docker/network/pause-image', () => {
  it('default: the same image each time, another for another architecture', () => {
    assert.equal(pauseImage('x64').id, pauseImage('x64').id)
    assert.notEqual(pauseImage('x64').id, pauseImage('arm64').id)
    assert.match(pauseImage('arm64').archive.toString('latin1'), /"architecture":"arm64"/)
  })
  it('default: the program runs, waits and uses no time', async function () {
    if (process.platform !== 'linux') return this.skip()
    const dir = await mkdtemp(join(tmpdir(), 'dcn-pause-'))
    const path = join(dir, 'pause')
    await writeFile(path, pauseProgram(process.arch))
    await chmod(path, 0o755)
    const child = spawn(path, { stdio: 'ignore' })
    const exit = once(child, 'exit')
    await once(child, 'spawn')
    child.kill('SIGCONT')
    child.kill('SIGTERM')
    // a program that crashed would have ended with another signal, or by itself
    assert.deepEqual(await exit, [null, 'SIGTERM'])
    await rm(dir, { recursive: true })
  })
})
