import assert from 'node:assert/strict'
import { worthATry } from '../../../../../node/network/reach/punch.ts'
import type { Place } from '../../../../../protocols/reach/messages.ts'

const at = (ip: string, port = 1): Place => ({ ip, port })
const own = { mapped: [at('203.0.113.7')], listening: [] }

describe('where a member may have this host connect to', () => {
  it('default: public places as they are', () => {
    const theirs = { mapped: [at('198.51.100.1'), at('2001:db8::1')], listening: [at('198.51.100.1', 2)] }
    assert.deepEqual(worthATry(theirs, own), theirs)
  })

  const NOWHERE = [
    '127.0.0.1',
    '0.0.0.0',
    '169.254.1.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'ff02::1'
  ]
  for (const ip of NOWHERE) {
    it(`error: ${ip} is not a place`, () => {
      assert.deepEqual(worthATry({ mapped: [at(ip)], listening: [at(ip)] }, own), { mapped: [], listening: [] })
    })
  }

  it('error: private addresses, which are hosts of our own house', () => {
    const theirs = { mapped: [at('10.250.3.4'), at('192.168.77.9')], listening: [at('10.250.3.4')] }
    assert.deepEqual(worthATry(theirs, own), { mapped: [], listening: [] })
  })

  it('behavior: private addresses where this host is seen with one, too', () => {
    const inside = { mapped: [at('10.250.0.1')], listening: [] }
    assert.deepEqual(worthATry({ mapped: [at('10.250.3.4')], listening: [] }, inside).mapped, [at('10.250.3.4')])
  })
})
