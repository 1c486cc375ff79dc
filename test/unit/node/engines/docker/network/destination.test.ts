import assert from 'node:assert/strict'
import {
  checkListed,
  EgressRefused,
  parseAuthority
} from '../../../../../../node/engines/docker/network/destination.ts'
import { resolveChecked } from '../../../../../../node/engines/docker/network/resolve.ts'

const listed = (text: string, ...allow: string[]) => checkListed(parseAuthority(text), allow)

describe('engines/docker/network/destination', () => {
  it('default: what the list names, whatever its case and final dot', () => {
    listed('example.org:443', 'example.org:443')
    listed('EXAMPLE.org.:443', 'a.org:1', 'Example.ORG:443')
    listed('93.184.216.34:80', '93.184.216.34:80')
    assert.deepEqual(parseAuthority('[2606:4700::1]:443'), { host: '2606:4700::1', port: 443 })
  })
  it('error: another host, another port, a part of a name, the port of mail', () => {
    for (const text of ['example.com:443', 'example.org:80', 'a.example.org:443', 'xexample.org:443', 'org:443']) {
      assert.throws(() => listed(text, 'example.org:443'), { name: 'EgressRefused', status: 403 }, text)
    }
    assert.throws(() => listed('example.org:25', 'example.org:25'), { status: 403 })
  })
  it('error: numbers that resolvers take for an address, listed or not', () => {
    for (const host of ['2130706433', '0x7f000001', '127.1', '0177.0.0.1', '0x7f.1', '1.2.3.0x4', '999.1.1.1']) {
      assert.throws(() => listed(`${host}:80`, `${host}:80`), EgressRefused, host)
    }
  })
  it('error: what is no host and port', () => {
    for (const text of [
      '',
      ':80',
      'a',
      'a:',
      'a:x',
      'a:123456',
      'u@a:80',
      'a/b:80',
      'http://a:80',
      '[a]:80',
      '::1:80',
      '[::1%lo]:80',
      'a b:80',
      'é.org:80'
    ]) {
      assert.throws(() => parseAuthority(text), { name: 'EgressRefused', status: 400 }, text)
    }
  })
})

describe('engines/docker/network/resolve', () => {
  const at = (...addresses: string[]) => resolveChecked({ host: 'a.org', port: 1 }, { lookup: async () => addresses })

  it('default: the addresses of a name, at most four', async () => {
    assert.deepEqual(await at('1.1.1.1', '2606:4700::1'), ['1.1.1.1', '2606:4700::1'])
    assert.equal((await at(...Array.from({ length: 9 }, (_, i) => `1.1.1.${i}`))).length, 4)
  })
  it('behavior: an address is not looked up', async () => {
    const lookup = async () => assert.fail('looked up')
    assert.deepEqual(await resolveChecked({ host: '1.1.1.1', port: 1 }, { lookup }), ['1.1.1.1'])
  })
  it('error: a name with one address inside, whatever its others are', async () => {
    for (const inside of [
      '127.0.0.1',
      '10.1.1.1',
      '::1',
      '::ffff:10.0.0.1',
      '169.254.169.254',
      'fe80::1',
      'nonsense'
    ]) {
      await assert.rejects(at('1.1.1.1', inside), { name: 'EgressRefused', status: 403 }, inside)
    }
  })
  it('error: a name without an address, and a resolver that fails', async () => {
    await assert.rejects(at(), { status: 502 })
    const lookup = () => Promise.reject(new Error('SERVFAIL'))
    await assert.rejects(resolveChecked({ host: 'a.org', port: 1 }, { lookup }), { status: 502 })
  })
})
