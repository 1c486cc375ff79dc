import assert from 'node:assert/strict'
import { checkPath, checkSpec, containerOptions } from '../../../../../node/engines/docker/create.ts'
import { containerName, LABELS } from '../../../../../node/engines/docker/names.ts'
import { specOf } from '../../../../compliance/engine/harness.ts'

const nothing = async () => undefined
const IMAGE = `sha256:${'a'.repeat(64)}`

describe('engines/docker/create', () => {
  const spec = specOf({
    engine: { docker: { image: IMAGE, entrypoint: ['/bin/x'], args: ['a'], workdir: '/work' } },
    env: { A: 'b=c' },
    inputs: { '/inputs/data': 'x' }
  })
  const init = {
    spec,
    image: { id: IMAGE, volumes: ['/var/lib/db'], workdir: '' },
    dirs: { inputs: ['/host/in'], outputs: '/host/out', scratch: '/host/scratch' },
    outputDirs: ['/host/scratch/disk/result'],
    user: '65534:65534',
    nodeId: 'node',
    id: 'deal',
    network: { mode: 'none', env: {}, remove: nothing, detach: nothing }
  }
  const options = containerOptions(init)
  const host = options.HostConfig

  it('default: every hardening is in place', () => {
    assert.deepEqual(host?.CapDrop, ['ALL'])
    assert.deepEqual(host?.SecurityOpt, ['no-new-privileges'])
    assert.equal(host?.ReadonlyRootfs, true)
    assert.equal(host?.NetworkMode, 'none')
    assert.equal(host?.Privileged, false)
    assert.equal(host?.Memory, spec.resources.memoryBytes)
    assert.equal(host?.MemorySwap, host?.Memory)
    assert.equal(host?.NanoCpus, 1_000_000_000)
    assert.ok((host?.PidsLimit ?? 0) > 0)
    assert.equal(options.User, '65534:65534')
    assert.deepEqual(options.Healthcheck, { Test: ['NONE'] })
  })
  it('default: inputs read-only, outputs writable, declared volumes in memory', () => {
    const mounts = (host?.Mounts ?? []).map(m => [m.Source, m.Target, m.ReadOnly])
    assert.deepEqual(mounts, [
      ['/host/in', '/inputs/data', true],
      ['/host/scratch/disk/result', '/outputs/result', false]
    ])
    assert.deepEqual(Object.keys(host?.Tmpfs ?? {}), ['/tmp', '/var/lib/db'])
  })
  it('default: the job’s own wishes', () => {
    assert.deepEqual([options.Entrypoint, options.Cmd, options.WorkingDir], [['/bin/x'], ['a'], '/work'])
    assert.deepEqual(options.Env, ['A=b=c', 'NVIDIA_VISIBLE_DEVICES=void'])
    assert.equal(options.Image, IMAGE)
  })
  it('default: names and labels by which a restarted node finds it', () => {
    assert.equal(options.Labels?.[LABELS.deal], 'deal')
    assert.equal(options.Labels?.[LABELS.node], 'node')
    assert.match(options.name ?? '', /^dcn-[0-9a-f]{32}$/)
    assert.notEqual(containerName('a', 'bc'), containerName('ab', 'c'))
  })
  it('args: exactly the devices of the deal, never a count', () => {
    const { HostConfig } = containerOptions({ ...init, devices: ['GPU-1', 'MIG-2'] })
    const [request, ...more] = HostConfig?.DeviceRequests ?? []
    assert.deepEqual([request?.Driver, request?.DeviceIDs, request?.Count], ['nvidia', ['GPU-1', 'MIG-2'], undefined])
    assert.deepEqual(more, [])
    assert.equal(host?.DeviceRequests, undefined)
  })
  it('behavior: neither a job nor an image names other devices to a runtime that listens to the environment', () => {
    const env = { NVIDIA_VISIBLE_DEVICES: 'all' }
    const asks = { ...init, spec: { ...spec, env } }
    assert.deepEqual(containerOptions(asks).Env, ['NVIDIA_VISIBLE_DEVICES=void'])
    const { Env } = containerOptions({ ...asks, devices: ['GPU-1', 'MIG-2'] })
    assert.deepEqual(Env, ['NVIDIA_VISIBLE_DEVICES=GPU-1,MIG-2'])
  })
  it('error: places that belong to the container, however an image writes them', () => {
    const places = ['/', '/proc', '/proc/self/fd/8', '//proc', '/x/../proc/', '/./sys', 'dev', '/dev/', '/..']
    for (const path of places) assert.throws(() => checkPath(path), { name: 'UnsupportedJobError' }, path)
    for (const path of ['/work', '/process', '/x/proc', '/var/lib/db/']) checkPath(path)
  })
  it('args: a network that another container holds brings its own name and the way to the proxy', () => {
    const network = { mode: 'container:abc', env: { http_proxy: 'x', A: 'theirs' }, remove: nothing, detach: nothing }
    const made = containerOptions({ ...init, network })
    assert.deepEqual([made.Hostname, made.HostConfig?.NetworkMode], [undefined, 'container:abc'])
    assert.deepEqual(made.Env, ['http_proxy=x', 'A=b=c', 'NVIDIA_VISIBLE_DEVICES=void'])
  })
  it('error: networks and GPUs that the provider does not give', () => {
    const engine = spec.engine
    const cases: [Parameters<typeof specOf>[0], string][] = [
      [{ engine, network: { allow: ['a.org:443'] } }, 'network'],
      [{ engine, network: 'full' }, 'network']
    ]
    for (const [job, field] of cases) {
      assert.throws(() => checkSpec(specOf(job), { networks: ['none'], gpus: false }), {
        name: 'UnsupportedJobError',
        field
      })
      checkSpec(specOf(job), { networks: ['none', 'allow', 'full'], gpus: false })
    }
    const asks = { ...spec, resources: { ...spec.resources, gpus: { count: 1 } } }
    const field = 'resources.gpus'
    assert.throws(() => checkSpec(asks, { networks: ['none'], gpus: false }), { name: 'UnsupportedJobError', field })
    checkSpec(asks, { networks: ['none'], gpus: true })
  })
})
