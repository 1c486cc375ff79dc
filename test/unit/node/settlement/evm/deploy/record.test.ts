import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DeployRecord, fileRecord } from '../../../../../../node/settlement/evm/deploy/record.ts'

const deployer = `0x${'ab'.repeat(20)}` as const
const record: DeployRecord = {
  chain: '1:0xaa',
  deployer,
  entries: [
    {
      contract: 'Court',
      initHash: '0x11',
      nonce: 7,
      gas: 5_000_000n,
      fromBlock: 2n ** 60n,
      attempts: [{ hash: '0x22', raw: '0x33', maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n }]
    }
  ]
}

describe('evm: record of a deployment', () => {
  let dir: string

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-record-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  it('default: is read back as it was, by the same account on the same chain alone', () => {
    const store = fileRecord(join(dir, 'new'))
    assert.equal(store.load(record.chain, deployer), undefined)
    store.save(record)
    assert.deepEqual(fileRecord(join(dir, 'new')).load(record.chain, deployer), record)
    assert.equal(fileRecord(join(dir, 'new')).load('1:0xbb', deployer), undefined)
    assert.equal(fileRecord(join(dir, 'new')).load(record.chain, `0x${'cd'.repeat(20)}`), undefined)
    const [file = ''] = readdirSync(join(dir, 'new'))
    assert.equal(statSync(join(dir, 'new', file)).mode & 0o077, 0)
    store.clear()
    assert.deepEqual(readdirSync(join(dir, 'new')), [])
  })

  it('error: a file that was cut off or changed', () => {
    const store = fileRecord(dir)
    store.load(record.chain, deployer)
    store.save(record)
    const [file = ''] = readdirSync(dir)
    const path = join(dir, file)
    const text = readFileSync(path, 'utf8')
    for (const bad of [text.slice(0, 100), text.replace('"nonce": 7', '"nonce": -7'), '{}']) {
      writeFileSync(path, bad)
      assert.throws(() => store.load(record.chain, deployer), { name: 'DeployRecordError' })
    }
  })
})
