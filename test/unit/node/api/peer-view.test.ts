import assert from 'node:assert/strict'
import { rolesIn } from '../../../../node/api/peer-view.ts'

describe('what a peer says of itself', () => {
  it('default: roles that there are', () => {
    assert.deepEqual(rolesIn('dcn-node/0.1.0 (relay,provider)'), ['provider', 'relay'])
    assert.deepEqual(rolesIn('dcn-node/0.1.0 ()'), [])
  })

  it('error: anything else is nobody’s role', () => {
    for (const said of [
      undefined,
      '',
      'js-libp2p/3',
      'dcn-node/1 (king)',
      'dcn-node/1 (relay',
      'x dcn-node/1 (relay)'
    ]) {
      assert.deepEqual(rolesIn(said), [])
    }
  })
})
