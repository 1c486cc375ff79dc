import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { verifyEd25519 } from '../../../../protocols/common/ed25519.ts'

describe('verifyEd25519', () => {
  it("default: accepts libp2p's signature and nothing else", async () => {
    const key = await generateKeyPair('Ed25519')
    const message = new TextEncoder().encode('hello')
    const signature = await key.sign(message)
    assert.equal(verifyEd25519(key.publicKey.raw, message, signature), true)
    assert.equal(verifyEd25519(key.publicKey.raw, new Uint8Array(5), signature), false)
    assert.equal(verifyEd25519(new Uint8Array(32), message, signature), false)
  })

  it('args: wrong lengths are just false', () => {
    for (const size of [0, 31, 33])
      assert.equal(verifyEd25519(new Uint8Array(size), new Uint8Array(1), new Uint8Array(64)), false)
    assert.equal(verifyEd25519(new Uint8Array(32), new Uint8Array(1), new Uint8Array(63)), false)
  })
})
