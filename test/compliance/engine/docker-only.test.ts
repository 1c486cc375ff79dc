import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import Docker from 'dockerode'
import { type DockerEngine, dockerEngine } from '../../../node/engines/docker/index.ts'
import type { RunOutcome } from '../../../node/engines/engine.ts'
import { busyboxImage } from '../../../scripts/lib/docker-image.ts'
import { collect, contextOf, type JobInit, runJob, specOf, Workplace } from './harness.ts'

const docker = new Docker()
const nodeId = `test-only-${process.pid}`
const MIB = 1024 * 1024
const WAIT_FOR_GO =
  'echo one; until [ -e /inputs/data/go ]; do sleep 0.02; done; echo two; echo x > /outputs/result/f; exit 3'

describe('docker engine: what only containers have', () => {
  let image = ''
  let removeImage: () => Promise<void> = async () => undefined
  let engine: DockerEngine
  let place: Workplace

  before(async function () {
    const made = await busyboxImage(docker, nodeId)
    if ('missing' in made) {
      process.stderr.write(`    skipped: ${made.missing}\n`)
      return this.skip()
    }
    ;({ id: image, remove: removeImage } = made)
    engine = dockerEngine({ nodeId })
    const found = await engine.probe()
    if (!found.available) return this.skip()
    place = await Workplace.make()
  })
  after(async () => {
    if (place === undefined) return
    await engine.sweep({ keep: [], workDir: place.root })
    const label = [`dcn.node=${nodeId}`]
    const left = await docker.listContainers({ all: true, filters: { label } })
    await engine.stop()
    await place.remove()
    await removeImage()
    assert.deepEqual(left, [])
  })

  const job = (script: string, more: Partial<JobInit> = {}): JobInit => ({
    engine: { docker: { image, entrypoint: ['sh', '-c', script] } },
    ...more
  })
  const run = (script: string, more: Partial<JobInit> = {}) => runJob(engine, place, job(script, more))

  it('hardening: no rights, no root, nothing to write but outputs and /tmp', async () => {
    const { stdout } = await run(
      'grep -E "^(CapEff|CapBnd|NoNewPrivs|Seccomp):" /proc/self/status | tr -d "\\t\\n"; echo; id -u; for p in / /bin /inputs /outputs /etc /dev /sys /proc; do touch $p/x 2>/dev/null && echo "wrote $p"; done; touch /tmp/x && touch /outputs/result/x && echo fine; mount -t tmpfs none /tmp 2>/dev/null && echo mounted; exit 0'
    )
    const [status, uid, ...rest] = stdout.trim().split('\n')
    assert.equal(status, 'CapEff:0000000000000000CapBnd:0000000000000000NoNewPrivs:1Seccomp:2')
    assert.notEqual(uid, '0')
    // /dev is the container's own small tmpfs, which the runtime leaves to root
    assert.deepEqual(rest, ['fine'])
  })
  it('fork bomb: stays within its processes', async () => {
    const { outcome } = await run('bomb() { bomb | bomb & }; bomb; while :; do :; done', { timeoutMs: 1500 })
    assert.ok(['timeout', 'exited', 'out-of-memory'].includes(outcome.status), JSON.stringify(outcome))
  })
  it('processes: the one too many is refused, and the program goes on', async () => {
    const many = '(for i in $(seq 400); do sleep 20 & done) 2>&1 | head -n 1; echo on'
    const { outcome, stdout } = await run(many)
    assert.equal(outcome.exitCode, 0)
    assert.match(stdout, /can't fork.*\non\n/)
  })
  it('cpu: a part of a core is all that a program gets', async () => {
    const { outcome } = await run('while :; do :; done', { cpuMillis: 200, timeoutMs: 1000 })
    const { cpuMs, wallMs } = outcome.usage
    // the kernel gives it in periods of 100 ms; a whole core would be all of the time
    assert.ok(cpuMs <= wallMs / 2, `${cpuMs} of ${wallMs} ms`)
  })
  it('sparse file: counts as large as it would travel', async () => {
    const { outcome, files } = await run('truncate -s 1G /outputs/result/f; echo ok > /outputs/result/g', {
      diskBytes: 8 * MIB
    })
    assert.equal(outcome.status, 'disk-full')
    assert.deepEqual(files, { 'result/g': 'ok\n' })
  })
  it('files without rights and names that are no text: published or left out, never in the way', async () => {
    const { outcome, files, stderr } = await run(
      'cd /outputs/result; echo a > a; mkdir d; echo b > d/b; chmod 000 a d/b d; printf x > "$(printf "\\377")"; exit 0'
    )
    assert.equal(outcome.exitCode, 0)
    assert.deepEqual(files, { 'result/a': 'a\n', 'result/d/b': 'b\n' })
    assert.match(stderr, /not UTF-8/)
  })
  it('program that is not there: 127, one that cannot run: 126', async () => {
    for (const [entry, code] of [
      ['/nope', 127],
      ['nope', 127],
      ['/tmp', 126]
    ] as const) {
      const { outcome, stderr } = await runJob(engine, place, { engine: { docker: { image, entrypoint: [entry] } } })
      assert.deepEqual([outcome.status, outcome.exitCode], ['exited', code])
      assert.match(stderr, /could not be started/)
    }
  })
  it('error: images that cannot be had, and paths that belong to the container', async () => {
    const none = 'a'.repeat(64)
    const cases: [Partial<JobInit>, string][] = [
      [{ engine: { docker: { image: `sha256:${none}` } } }, 'ImageUnavailableError'],
      [{ engine: { docker: { image: `127.0.0.1:1/none@sha256:${none}` } } }, 'ImageUnavailableError'],
      [{ engine: { docker: { image: 'ipfs://nonsense' } } }, 'InvalidInputError'],
      [{ engine: { docker: { image, workdir: '/proc/self/fd/8' } } }, 'UnsupportedJobError'],
      [{ outputs: [{ name: 'a', path: '/sys/x' }] }, 'UnsupportedJobError'],
      [{ network: { allow: ['example.org:443'] } }, 'UnsupportedJobError']
    ]
    for (const [more, name] of cases) {
      await assert.rejects(
        () => engine.prepare(specOf(job('exit 0', more)), contextOf()),
        { name },
        JSON.stringify(more)
      )
    }
  })
  it('resolveImage: pins a name, leaves a pinned one', async () => {
    const tag = `dcn-test-${process.pid}`
    await docker.getImage(image).tag({ repo: tag, tag: 'x' })
    try {
      assert.equal(await engine.resolveImage(`${tag}:x`), image)
      assert.equal(await engine.resolveImage(image), image)
      await assert.rejects(() => engine.resolveImage('127.0.0.1:1/none:x'), { name: 'ImageUnavailableError' })
    } finally {
      // with its only tag the image goes: the tests below need it again
      await docker.getImage(`${tag}:x`).remove()
      await busyboxImage(docker, nodeId)
    }
  })

  /** Starts a job and stops its engine after the first line, as a node that goes away. */
  async function abandoned(id: string, script: string) {
    const init = job(script, { inputs: { '/inputs/data': {} } })
    const dirs = await place.dirs(init)
    const first = dockerEngine({ nodeId })
    const prepared = await first.prepare(specOf(init), contextOf())
    const onLog = () => void first.stop()
    await assert.rejects(
      collect(dirs, { id, onLog }, options => first.run(prepared, dirs, options)),
      {
        name: 'EngineStoppedError'
      }
    )
    return dirs
  }

  it('adopt: takes over a running container, its whole log and its outputs', async () => {
    const dirs = await abandoned('deal-running', WAIT_FOR_GO)
    const next = dockerEngine({ nodeId })
    const ran = await collect(
      dirs,
      { id: 'deal-running', onLog: () => void writeFile(`${dirs.inputs[0]}/go`, '') },
      async options => (await next.adopt('deal-running', dirs, options)) as RunOutcome
    )
    assert.deepEqual([ran.outcome.status, ran.outcome.exitCode], ['exited', 3])
    assert.equal(ran.stdout, 'one\ntwo\n')
    assert.deepEqual(ran.files, { 'result/f': 'x\n' })
    const again = await next.adopt('deal-running', dirs, { id: 'deal-running', onLog: () => undefined })
    assert.equal(again, undefined)
  })
  it('adopt: takes over one that has ended meanwhile', async () => {
    const dirs = await abandoned('deal-ended', WAIT_FOR_GO)
    const [found] = await docker.listContainers({ filters: { label: ['dcn.deal=deal-ended'] } })
    assert.ok(found)
    await writeFile(`${dirs.inputs[0]}/go`, '')
    await docker.getContainer(found.Id).wait()
    const ran = await collect(
      dirs,
      { id: 'deal-ended' },
      async options => (await dockerEngine({ nodeId }).adopt('deal-ended', dirs, options)) as RunOutcome
    )
    assert.deepEqual([ran.outcome.exitCode, ran.stdout], [3, 'one\ntwo\n'])
    assert.deepEqual(ran.files, { 'result/f': 'x\n' })
  })
  it('adopt: one that was never started goes, and with it the disk that was made for it', async () => {
    const dirs = await abandoned('deal-created', WAIT_FOR_GO)
    const filters = { label: ['dcn.deal=deal-created'] }
    const [found] = await docker.listContainers({ filters })
    assert.ok(found)
    await docker.getContainer(found.Id).remove({ force: true })
    await docker.createContainer({ Image: image, Cmd: ['true'], Labels: found.Labels })
    const options = { id: 'deal-created', onLog: () => undefined }
    assert.equal(await engine.adopt('deal-created', dirs, options), undefined)
    assert.deepEqual(await docker.listContainers({ all: true, filters }), [])
    assert.ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes(dirs.scratch))
    await rm(dirs.scratch, { recursive: true })
  })
  it('adopt: another node’s containers are not ours; sweep removes only what nobody keeps', async () => {
    const dirs = await abandoned('deal-swept', WAIT_FOR_GO)
    const stranger = dockerEngine({ nodeId: `${nodeId}-stranger` })
    const options = { id: 'deal-swept', onLog: () => undefined }
    assert.equal(await stranger.adopt('deal-swept', dirs, options), undefined)
    assert.deepEqual(await stranger.sweep({ keep: [] }), { containers: 0, mounts: 0 })
    const { root } = place
    assert.deepEqual(await engine.sweep({ keep: ['deal-swept'], workDir: root }), { containers: 0, mounts: 0 })
    const swept = await engine.sweep({ keep: [], workDir: root })
    assert.equal(swept.containers, 1)
    assert.equal(await engine.adopt('deal-swept', dirs, options), undefined)
  })
})
