import assert from 'node:assert/strict'
import fc from 'fast-check'
import { UserError } from '../../../../protocols/common/errors.ts'
import { toHex } from '../../../../protocols/common/values.ts'
import { outcomeDigest, resultDigest } from '../../../../protocols/job/digest.ts'
import { decodeManifest, encodeManifest } from '../../../../protocols/job/manifest.ts'
import type { ResultManifest } from '../../../../protocols/job/schema.ts'
import { accountOf, blockCid, digestOf } from '../../../support/market/make.ts'
import { check } from '../../../support/market/property.ts'

const parts = { outcome: 'exited' as const, exitCode: 0, stdout: blockCid('out'), outputs: blockCid('outputs') }
const manifest: ResultManifest = {
  version: 1,
  deal: digestOf('deal'),
  spec: blockCid('spec'),
  provider: accountOf(1),
  outcome: 'exited',
  exitCode: 0,
  stdout: parts.stdout,
  stderr: blockCid('err'),
  outputs: parts.outputs,
  result: blockCid('result'),
  usage: { wallMs: 1, cpuMs: 1, maxRssBytes: 1, inputBytes: 1, outputBytes: 1 },
  startedAt: 1_800_000_000_000,
  finishedAt: 1_800_000_000_001,
  logRoot: digestOf('log'),
  digest: resultDigest(parts, ['exitCode', 'stdout', 'outputs'])
}

describe('manifest', () => {
  it('default: comes back as it was', () => assert.deepEqual(decodeManifest(encodeManifest(manifest).bytes), manifest))

  it('behavior: an absent exit code stays absent', () => {
    const { exitCode: _exitCode, ...rest } = manifest
    const timedOut: ResultManifest = { ...rest, outcome: 'timeout', reason: 'ran longer than 60 s' }
    assert.deepEqual(decodeManifest(encodeManifest(timedOut).bytes), timedOut)
  })

  it('error: an exit code that no system has', () => {
    assert.throws(() => encodeManifest({ ...manifest, exitCode: 256 }), { name: 'InvalidInputError' })
  })

  it('property: mutated bytes are refused or decode, never crash', () => {
    const { bytes } = encodeManifest(manifest)
    check(
      fc.property(fc.nat(bytes.byteLength - 1), fc.nat(255), (at, value) => {
        const mutated = Uint8Array.from(bytes)
        mutated[at] = value
        try {
          decodeManifest(mutated)
        } catch (error) {
          if (!(error instanceof UserError)) throw error
        }
      }),
      300
    )
  })
})

describe('resultDigest', () => {
  it('default: covers what include names and nothing else', () => {
    const other = { ...parts, stdout: blockCid('other') }
    assert.deepEqual(resultDigest(other, ['exitCode', 'outputs']), resultDigest(parts, ['exitCode', 'outputs']))
    assert.notDeepEqual(resultDigest(other, ['stdout']), resultDigest(parts, ['stdout']))
  })

  it('behavior: a run that did not end by itself is told by what ended it, and by nothing else', () => {
    const late = { ...parts, outcome: 'timeout' as const }
    assert.deepEqual(resultDigest(late, ['outputs']), outcomeDigest('timeout'))
    assert.deepEqual(resultDigest({ ...late, stdout: blockCid('half') }, ['stdout']), outcomeDigest('timeout'))
    assert.notDeepEqual(outcomeDigest('timeout'), outcomeDigest('out-of-memory'))
    // the court knows this one by heart: contracts/src/libraries/Verdict.sol
    assert.equal(toHex(outcomeDigest('timeout')), '0x299bf0251f18e8e16ad2d517222670c47fef5807980f4bc8ab74cc04b85624db')
  })

  it('behavior: the order of include does not matter, and no exit code is not exit code 0', () => {
    assert.deepEqual(resultDigest(parts, ['outputs', 'exitCode']), resultDigest(parts, ['exitCode', 'outputs']))
    const { exitCode: _exitCode, ...killed } = parts
    assert.notDeepEqual(resultDigest(killed, ['exitCode']), resultDigest(parts, ['exitCode']))
  })
})
