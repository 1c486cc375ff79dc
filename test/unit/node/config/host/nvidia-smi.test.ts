import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { parseSmi } from '../../../../../node/config/host/nvidia-smi.ts'
import { probeGpus } from '../../../../../node/config/host/probe.ts'

const fixture = (name: string) =>
  readFileSync(new URL(`../../../../fixtures/nvidia-smi/${name}`, import.meta.url), 'utf8')
const said = (name: string, slices = '') => parseSmi({ status: 0, stdout: fixture(name), stderr: '' }, slices)
const MIB = 1024 * 1024

describe('config/host/nvidia-smi', () => {
  it('default: two whole devices with their driver', () => {
    const model = 'NVIDIA H100 80GB HBM3'
    const ids = ['GPU-8f6c1f8e-9d0a-4b39-b5bb-1c8a4f2f7c11', 'GPU-1b2f0c77-52a4-47a0-90d8-0f1c2a9d6e22']
    assert.deepEqual(said('two-h100.csv'), {
      devices: ids.map(id => ({ id, vendor: 'nvidia', model, memoryBytes: 81_559 * MIB })),
      problems: [],
      driver: '550.127.05'
    })
  })
  it('default: a card without slices, where the mode does not apply', () => {
    assert.deepEqual(
      said('rtx-4090.csv').devices.map(d => [d.model, d.memoryBytes / MIB]),
      [['NVIDIA GeForce RTX 4090', 24_564]]
    )
  })
  it('default: slices instead of the GPU that is cut, and the one that is whole', () => {
    const { devices, problems } = said('mig.csv', fixture('mig-list.txt'))
    assert.deepEqual(
      devices.map(d => [d.id.slice(0, 12), d.model, d.memoryBytes]),
      [
        ['MIG-c6d4f1ef', 'NVIDIA A100-SXM4-40GB MIG 3g.20gb', 18_000_000_000],
        ['MIG-GPU-8f6c', 'NVIDIA A100-SXM4-40GB MIG 1g.5gb+me', 4_500_000_000],
        ['GPU-1b2f0c77', 'NVIDIA A100-SXM4-40GB', 40_960 * MIB]
      ]
    )
    assert.deepEqual(problems, [])
    const uncut = said('mig.csv')
    assert.deepEqual([uncut.devices.length, uncut.problems.length], [1, 1])
  })
  it('behavior: what is broken or reserved is left out, each with its reason, and the rest is used', () => {
    const { devices, problems } = said('broken.csv')
    assert.deepEqual(
      devices.map(d => d.id),
      ['GPU-3e3f0c77-52a4-47a0-90d8-0f1c2a9d6e55']
    )
    assert.deepEqual(
      problems.map(p => /Unknown Error|Prohibited|N\/A|no GPU/.exec(p.what)?.[0]),
      ['Unknown Error', 'Prohibited', 'N/A', 'no GPU']
    )
  })
  it('behavior: no device is no problem, a driver that does not run is one with a remedy', () => {
    const none = parseSmi({ status: 6, stdout: fixture('no-devices.txt'), stderr: '' })
    assert.deepEqual(none, { devices: [], problems: [] })
    const cases = [
      ['mismatch.txt', 18, /restart/],
      ['no-driver.txt', 9, /modprobe/]
    ] as const
    for (const [name, status, remedy] of cases) {
      const { devices, problems } = parseSmi({ status, stdout: fixture(name), stderr: '' })
      assert.deepEqual([devices.length, problems.length], [0, 1])
      assert.match(problems[0]?.remedy ?? '', remedy)
    }
    assert.equal(parseSmi({ status: null, stdout: '', stderr: '' }).problems.length, 1)
  })
  it('error: text that is no answer of the tool gives no device', () => {
    const id = 'GPU-8f6c1f8e-9d0a-4b39-b5bb-1c8a4f2f7c11'
    const lines = [
      'x',
      ', , , , ,',
      `${id}, NVIDIA H100, 81559, 550, Disabled`,
      `${id}, NVIDIA H100, 81559, 550, Disabled, Default, more`,
      `GPU-../../etc, NVIDIA H100, 81559, 550, Disabled, Default`,
      `${id}, \u001b[31mred, 81559, 550, Disabled, Default`,
      `${id}, , 81559, 550, Disabled, Default`,
      `${id}, NVIDIA H100, -1, 550, Disabled, Default`,
      `${id}, NVIDIA H100, 1e9, 550, Disabled, Default`,
      `${id}, NVIDIA H100, 0, 550, Disabled, Default`,
      `${id}, NVIDIA H100, 999999999999, 550, Disabled, Default`
    ]
    for (const stdout of lines) {
      const { devices, problems } = parseSmi({ status: 0, stdout, stderr: '' })
      assert.deepEqual([devices.length, problems.length], [0, 1], stdout)
    }
    const [twice] = [parseSmi({ status: 0, stdout: fixture('rtx-4090.csv').repeat(2), stderr: '' })]
    assert.equal(twice.devices.length, 1)
    assert.equal(parseSmi({ status: 0, stdout: 'x\n'.repeat(100_000), stderr: '' }).problems.length, 256)
    const evil = '  MIG 1g.5gb Device 0: (UUID: MIG-x;rm)\n  MIG 99999g.5gb Device 0: (UUID: MIG-a)\n'
    assert.equal(said('mig.csv', `GPU 0: A (UUID: ${id})\n${evil}`).devices.length, 1)
  })
  it('default: the GPUs of this host, where there are some', async function () {
    const { devices, problems, driver } = await probeGpus()
    if (devices.length === 0) {
      process.stderr.write(`    skipped: ${problems.map(p => p.what).join('; ') || 'no nvidia-smi, or no device'}\n`)
      return this.skip()
    }
    assert.match(driver ?? '', /^\d+\./)
    for (const { id, memoryBytes } of devices) assert.ok(/^(GPU|MIG)-/.test(id) && memoryBytes > 0)
  })
})
