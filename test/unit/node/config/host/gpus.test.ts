import assert from 'node:assert/strict'
import { asOffered, freeGpus, type GpuDevice, offeredGpus } from '../../../../../node/config/host/gpus.ts'
import { judgeToolkit } from '../../../../../node/config/host/toolkit.ts'

const device = (id: string): GpuDevice => ({ id, vendor: 'nvidia', model: 'NVIDIA H100', memoryBytes: 1 })
const devices = ['GPU-a1', 'GPU-b2', 'MIG-c3'].map(device)
const ids = (wanted?: string[]) => {
  const found = offeredGpus({ devices, problems: [] }, wanted)
  return [found.devices.map(d => d.id), found.problems.length]
}

describe('config/host/gpus', () => {
  it('default: all, or those named by id, beginning or number, or none', () => {
    assert.deepEqual(ids(), [['GPU-a1', 'GPU-b2', 'MIG-c3'], 0])
    assert.deepEqual(ids(['MIG', '0', 'GPU-a1']), [['MIG-c3', 'GPU-a1'], 0])
    assert.deepEqual(ids(['none']), [[], 0])
    const many = { devices: Array.from({ length: 40 }, (_, i) => device(`GPU-${i}`)), problems: [] }
    assert.equal(offeredGpus(many, undefined).devices.length, 16)
  })
  it('error: one that is not there is told', () => {
    assert.deepEqual(ids(['9', 'GPU-z']), [[], 2])
  })
  it('default: what is free, by device, and offered without ids', () => {
    const held = [{ gpuIds: ['GPU-b2'] }, {}, { gpuIds: ['gone'] }]
    assert.deepEqual(
      freeGpus(devices, held).map(d => d.id),
      ['GPU-a1', 'MIG-c3']
    )
    assert.deepEqual(asOffered(devices.slice(0, 1)), [{ vendor: 'nvidia', model: 'NVIDIA H100', memoryBytes: 1 }])
  })
})

describe('config/host/toolkit', () => {
  const CASES: [string | undefined, string[]][] = [
    ['NVIDIA Container Toolkit CLI version 1.17.8\ncommit: f202b80a', []],
    ['cli-version: 1.18.0\nlib-version: 1.18.0\n', []],
    ['NVIDIA Container Toolkit CLI version 1.17.7', ['CVE-2025-23266']],
    ['cli-version: 1.17.3', ['CVE-2025-23359', 'CVE-2025-23266']],
    ['NVIDIA Container Toolkit CLI version 1.13.5', ['CVE-2024-0132', 'CVE-2025-23359', 'CVE-2025-23266']],
    ['version: 2.0.0', []]
  ]
  for (const [text, cves] of CASES) {
    it(`toolkit ${JSON.stringify(text)}: ${cves.join(', ') || 'fine'}`, () => {
      const what = judgeToolkit(text)?.what
      if (cves.length === 0) assert.equal(what, undefined)
      else assert.ok(what?.includes(`(${cves.join(', ')})`), what)
    })
  }
  it('error: none at all, and one that does not tell', () => {
    for (const text of [undefined, '', 'command not found', 'version x']) assert.ok(judgeToolkit(text)?.remedy)
  })
})
