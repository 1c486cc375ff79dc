import assert from 'node:assert/strict'
import { SignerMemo } from '../../../../node/settlement/signer-memo.ts'
import { type Address, type Hex, toHex } from '../../../../protocols/common/values.ts'
import { accountOf, digestOf } from '../../../support/market/make.ts'

const digest = (n: number): Hex => toHex(digestOf(`digest ${n}`))
const signature = (n: number): Hex => `0x${'ab'.repeat(64)}${(27 + n).toString(16)}`

describe('settlement/signer-memo', () => {
  let asked: Hex[]
  const memo = (answer: Address | undefined) => {
    asked = []
    return new SignerMemo(async of => {
      asked.push(of)
      return answer
    })
  }

  it('default: asks once for a signature over a digest', async () => {
    const signers = memo(accountOf(1))
    assert.equal(await signers.signerOf(digest(1), signature(0)), accountOf(1))
    assert.equal(await signers.signerOf(digest(1), signature(0)), accountOf(1))
    assert.equal(asked.length, 1)
  })

  it('behavior: another digest or another signature is another question', async () => {
    const signers = memo(accountOf(1))
    await signers.signerOf(digest(1), signature(0))
    await signers.signerOf(digest(2), signature(0))
    await signers.signerOf(digest(1), signature(1))
    assert.equal(asked.length, 3)
  })

  it('behavior: what was signed here is known, and nobody as an answer is kept too', async () => {
    const signers = memo(undefined)
    signers.note(digest(1), signature(0), accountOf(2))
    assert.equal(await signers.signerOf(digest(1), signature(0)), accountOf(2))
    for (const _ of [1, 2]) assert.equal(await signers.signerOf(digest(2), signature(0)), undefined)
    assert.equal(asked.length, 1)
  })

  it('behavior: a stranger that sends many signatures displaces the oldest, no more', async () => {
    const signers = memo(accountOf(1))
    for (let n = 0; n < 1025; n++) await signers.signerOf(digest(n), signature(0))
    await signers.signerOf(digest(1024), signature(0))
    assert.equal(asked.length, 1025)
    await signers.signerOf(digest(0), signature(0))
    assert.equal(asked.length, 1026)
  })
})
