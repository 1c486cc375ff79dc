import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dcn } from '../../../../../../node/cli/program.ts'
import { encodeInvite, parseInvite } from '../../../../../../protocols/common/invite.ts'
import { networkToJson } from '../../../../../../protocols/common/network-document.ts'
import { Cleanup } from '../../../../../support/hosts.ts'
import { networkDocument } from '../../../../../support/owner.ts'
import { memoryIo } from '../../memory-io.ts'

const PEER = '12D3KooWQXqXEzQZ1drZTThMqDmnn7PfmWZbqirxb4eCGiC2K7iG'
const HINT = `/ip4/192.0.2.1/tcp/4001/p2p/${PEER}`

describe('cli: dcn network, where no node runs', () => {
  const cleanup = new Cleanup()
  let dir: string
  beforeEach(async () => {
    dir = await cleanup.dir()
  })
  afterEach(() => cleanup.run())

  async function run(...args: string[]) {
    const io = memoryIo({ cwd: dir, env: { DCN_DATA_DIR: 'home', DCN_INSECURE_DEV_KEYS: 'true' } })
    const code = await dcn(['network', ...args], io)
    return { code, out: io.out(), err: io.err(), json: () => io.lines()[0] ?? {} }
  }
  /** ends with this error and exit code 2 */
  async function refused(name: string, ...args: string[]): Promise<Record<string, unknown>> {
    const { code, json, out } = await run(...args, '--json')
    const { error } = json() as { error: Record<string, unknown> }
    assert.deepEqual([code, error?.['name']], [2, name], out)
    return error
  }

  it('default: create makes keys and a signed document, and says what to run next', async () => {
    const made = await run('create', 'lab', '--membership', 'listed', '--announce', '/ip4/192.0.2.1/tcp/4101')
    assert.equal(made.code, 0, made.err)
    assert.match(made.out, /dcn-node --role relay --data-dir \S+home --announce \/ip4\/192\.0\.2\.1\/tcp\/4101\n/)
    for (const file of ['network.json', 'keys/peer.key', 'keys/account.insecure']) {
      assert.equal(statSync(join(dir, 'home', file)).mode & 0o777, 0o600, file)
    }
    const shown = (await run('show', '--json')).json() as Record<string, unknown>
    assert.deepEqual(
      [shown['name'], shown['revision'], shown['standing'], shown['settlement'], shown['running']],
      ['lab', 1, 'owner', 'none', false]
    )
    assert.deepEqual(shown['bootstrap'], [`/ip4/192.0.2.1/tcp/4101/p2p/${String(shown['self'])}`])
    assert.match((await run('show')).out, /^membership +listed: the owner and 0 others$/m)
  })

  it('default: an invite joins, and a listed network names the line for its owner', async () => {
    await run('create', 'lab', '--membership', 'listed', '--bootstrap', HINT)
    const invited = await run('invite')
    const line = invited.out.trim()
    assert.equal(invited.code, 0, invited.err)
    assert.equal(parseInvite(line).document.name, 'lab')
    assert.doesNotMatch(invited.err, /▄/)
    assert.match((await run('invite', '--qr')).err, /▄/)
    const joined = await run('join', line, '--data-dir', 'other')
    assert.equal(joined.code, 0, joined.err)
    const [, peer = ''] = /dcn network members add (12D3Koo\w+)\n/.exec(joined.out) ?? []
    assert.match(joined.out, /dcn-node --role provider --data-dir \S+other\n/)
    assert.equal((await run('members', 'add', peer)).code, 0)
    const again = await run('join', (await run('invite')).out.trim(), '--data-dir', 'other', '--json')
    assert.deepEqual([again.code, (again.json() as { standing: string }).standing], [0, 'member'])
  })

  it('args: a file instead of a line, for both', async () => {
    await run('create', 'lab')
    assert.equal((await run('invite', '--file', 'lab.invite')).code, 0)
    assert.equal(statSync(join(dir, 'lab.invite')).mode & 0o777, 0o600)
    await refused('OutputExistsError', 'invite', '--file', 'lab.invite')
    assert.equal((await run('join', 'lab.invite', '--data-dir', 'other')).code, 0)
    assert.equal(
      readFileSync(join(dir, 'other', 'network.json'), 'utf8'),
      readFileSync(join(dir, 'home', 'network.json'), 'utf8')
    )
  })

  it('default: hints of an invite are kept for the first dial', async () => {
    await run('join', encodeInvite(networkDocument(), [HINT]))
    const { peers } = JSON.parse(readFileSync(join(dir, 'home', 'peers.json'), 'utf8'))
    assert.deepEqual(peers, [{ peer: PEER, addrs: [HINT], lastSeenMs: 0 }])
  })

  it('default: members are added, revoked, removed and listed', async () => {
    await run('create', 'lab', '--membership', 'listed')
    assert.match((await run('members', 'add', PEER)).out, /revision 2: 12D3\w+ is member\nNo node runs here/)
    assert.match((await run('members', 'list')).out, new RegExp(`${PEER} +member`))
    assert.match((await run('members', 'revoke', PEER)).out, /revision 3: \w+ is revoked/)
    const listed = (await run('members', 'list', '--json')).json()
    assert.deepEqual([listed['members'], listed['revoked']], [[], [PEER]])
    assert.match((await run('members', 'remove', PEER)).out, /revision 4: \w+ is not a member/)
    assert.match((await run('members', 'remove', PEER)).out, /revision 4/)
  })

  it('error: only the owner changes members; nobody does without a network', async () => {
    await refused('NoNetworkError', 'members', 'add', PEER)
    assert.ok(!existsSync(join(dir, 'home')))
    await run('join', encodeInvite(networkDocument()))
    const error = await refused('NotOwnerError', 'members', 'revoke', PEER)
    assert.match(String(error['limit']), /^12D3Koo/)
    await refused('InvalidInputError', 'members', 'revoke', 'bob')
  })

  const networks: [what: string, args: string[], field: string][] = [
    ['a name', ['create', 'My Net'], 'name'],
    ['a policy', ['create', 'lab', '--membership', 'closed'], 'membership'],
    ['an endpoint', ['create', 'lab', '--rpc', 'ftp://here'], 'rpc'],
    ['nine endpoints', ['create', 'lab', ...Array(9).fill('--rpc=http://a')], 'rpc'],
    ['an escrow', ['create', 'lab', '--rpc', 'http://a', '--escrow', '0x12'], 'escrow'],
    ['an escrow without a chain', ['create', 'lab', '--escrow', `0x${'0'.repeat(40)}`], 'escrow'],
    ['an address to announce', ['create', 'lab', '--announce', 'here'], 'announce'],
    ['a bootstrap without a peer', ['create', 'lab', '--bootstrap', '/ip4/192.0.2.1/tcp/1'], 'bootstrap'],
    ['seventeen addresses', ['create', 'lab', ...Array(17).fill(`--bootstrap=${HINT}`)], 'bootstrap']
  ]
  for (const [what, args, field] of networks) {
    it(`error: ${what} that is wrong`, async () => {
      const error = await refused('InvalidInputError', ...args)
      assert.equal(error['field'], field)
      assert.ok(!existsSync(join(dir, 'home', 'network.json')))
    })
  }

  it('error: a directory that belongs to a network', async () => {
    await run('create', 'lab')
    await refused('NetworkExistsError', 'create', 'other')
    await refused('OtherNetworkError', 'join', encodeInvite(networkDocument()))
  })

  it('error: a changed invite is refused with what differs; an older one, too; nothing is made of a bad one', async () => {
    const [first, second] = [networkDocument(), networkDocument({ revision: 2, roundMs: 500 })]
    const file = async (name: string, document: typeof first) => {
      await writeFile(join(dir, name), networkToJson(document))
      return name
    }
    await refused('BadSignatureError', 'join', await file('forged.json', { ...first, roundMs: 100 }))
    assert.ok(!existsSync(join(dir, 'home')))
    assert.equal((await run('join', await file('second.json', second))).code, 0)
    const forged = await refused('BadSignatureError', 'join', 'forged.json')
    assert.match(String(forged['message']), /revision was 2, is 1; roundMs was 500, is 100/)
    const older = await refused('OlderNetworkError', 'join', await file('first.json', first))
    assert.match(String(older['message']), /roundMs was 500, is 250/)
    await writeFile(join(dir, 'old.json'), '{"version":1,"name":"lab"}')
    const old = await refused('NetworkVersionError', 'join', 'old.json')
    assert.match(String(old['remedy']), /version 1/)
  })
})
