import assert from 'node:assert/strict'
import type Docker from 'dockerode'
import { probeDocker } from '../../../../../node/engines/docker/probe.ts'

const INFO = {
  OSType: 'linux',
  MemoryLimit: true,
  PidsLimit: true,
  Runtimes: { runc: {}, runsc: {} },
  DefaultRuntime: 'runc',
  SecurityOptions: ['name=apparmor', 'name=seccomp,profile=builtin']
}
const VERSION = {
  Version: '28.0.0',
  ApiVersion: '1.50',
  Arch: 'amd64',
  Components: [{ Name: 'runc', Version: '1.3.3' }]
}
const INIT = {
  allowOldRunc: false,
  quota: 'watcher',
  networks: async () => ({ kinds: ['none' as const], lacking: [] as string[] })
}

const probe = (info: object = {}, version: object = {}, init: Partial<Parameters<typeof probeDocker>[1]> = {}) => {
  const docker = { version: async () => ({ ...VERSION, ...version }), info: async () => ({ ...INFO, ...info }) }
  return probeDocker(docker as unknown as Docker, { ...INIT, ...init })
}

describe('engines/docker/probe', () => {
  it('default: what there is', async () => {
    const found = await probe({}, {}, { networks: async () => ({ kinds: ['none', 'allow'], lacking: [] }) })
    assert.ok(found.available)
    assert.deepEqual([found.version, found.features['networks']], ['28.0.0', 'none,allow'])
    assert.equal(found.features['warning'], undefined)
  })
  it('args: another runtime, which is not judged as runc is', async () => {
    const old = { Components: [{ Name: 'runc', Version: '1.0.0' }] }
    const found = await probe({}, old, { runtime: 'runsc' })
    assert.equal(found.available && found.features['runtime'], 'runsc')
  })
  it('behavior: what jobs cannot have is told', async () => {
    const found = await probe({}, {}, { networks: async () => ({ kinds: ['none'], lacking: ['no network "full"'] }) })
    assert.equal(found.available && found.features['warning'], 'no network "full"')
  })
  const CASES: [string, RegExp, object, object, object][] = [
    ['containers of another system', /windows/, { OSType: 'windows' }, {}, {}],
    ['no memory limits', /MemoryLimit/, { MemoryLimit: false }, {}, {}],
    ['no seccomp at all', /seccomp/, { SecurityOptions: ['name=apparmor'] }, {}, {}],
    ['seccomp switched off', /seccomp/, { SecurityOptions: ['name=seccomp,profile=unconfined'] }, {}, {}],
    ['a runtime that is not there', /kata/, {}, {}, { runtime: 'kata' }],
    [
      'a runc that an image escapes from',
      /CVE-2024-21626/,
      {},
      { Components: [{ Name: 'runc', Version: '1.1.11' }] },
      {}
    ]
  ]
  for (const [title, reason, info, version, init] of CASES) {
    it(`error: ${title}`, async () => {
      const found = await probe(info, version, init)
      assert.ok(!found.available)
      assert.match(found.reason, reason)
      assert.ok(found.remedy.length > 0)
    })
  }
})
