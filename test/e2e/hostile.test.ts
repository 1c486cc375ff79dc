import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createHost, type Host, type HostInit } from '../../node/network/host.ts'
import { readNetworkFile } from '../../node/network/network-file.ts'
import { connect, open } from '../../node/network/streams.ts'
import { encode } from '../../protocols/common/cbor.ts'
import { sha256 } from '../../protocols/common/hash.ts'
import type { NetworkDocument } from '../../protocols/common/network-document.ts'
import { DEAL_PROTOCOL } from '../../protocols/deal/messages.ts'
import { LOGS_PROTOCOL } from '../../protocols/logs/messages.ts'
import { SYNC_PROTOCOL } from '../../protocols/offers/sync/limits.ts'
import { BAD_COMMANDS, BAD_FILES, BAD_REQUESTS, BAD_SETTINGS, refused, STACK } from './support/bad-input.ts'
import { type CliOptions, dcn, dcnNode } from './support/cli.ts'
import { hello } from './support/jobs.ts'
import { Lab } from './support/lab.ts'
import { eventually } from './support/wait.ts'

/** What somebody who read nothing of the specification might send: none of it is a message of any protocol. */
const GARBAGE: (() => Uint8Array)[] = [
  () => new Uint8Array(randomBytes(300)),
  () => encode({ type: 'propose', deal: null }),
  () => encode([1, 2, 3]),
  () => new Uint8Array(Buffer.from('GET / HTTP/1.1\r\n\r\n')),
  () => new Uint8Array(0)
]
/** More than the ten pieces that a peer is forgiven. */
const PIECES = 15

describe('hostile peers and bad input', function () {
  this.timeout(120_000)
  let lab: Lab
  let network: NetworkDocument

  before(async function () {
    this.timeout(180_000)
    lab = await Lab.start([
      { name: 'provider', roles: ['provider'], flags: ['--engines', 'js,noop'] },
      { name: 'creator', roles: ['creator'] }
    ])
    network = await readNetworkFile(join(lab.node('relay').dataDir, 'network.json'))
    await lab.everybodyKnows(['provider'])
  })
  after(async () => await lab.stop())

  /** A libp2p peer in this process; a member of the network unless told otherwise. */
  async function stranger(name: string, init: Partial<HostInit> = {}): Promise<Host> {
    const dataDir = join(lab.dir, name)
    await mkdir(dataDir)
    const host = await createHost({
      networkId: network.id,
      networkSecret: network.secret,
      seed: crypto.getRandomValues(new Uint8Array(32)),
      dataDir,
      messageId: sha256,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      ...init
    })
    lab.atEnd(() => host.stop())
    await host.start()
    return host
  }

  const target = (name: string) => {
    const { peerId, addrs } = lab.node(name).ready
    return { peer: peerId, addrs }
  }
  const sees = async (name: string, host: Host) =>
    (await lab.node(name).client.peers()).some(p => p.id === host.peerId.toString())

  async function honestJob(word: string): Promise<void> {
    const { id } = await lab.node('creator').client.submit({ spec: hello(word) })
    await lab.jobIs('creator', id, 'done')
    assert.equal(await lab.file('creator', id, 'stdout'), `hello ${word}\n`)
  }

  /** One piece of garbage as a framed message, or as raw bytes; what comes back does not matter. */
  async function send(host: Host, protocol: string, bytes: Uint8Array, framed: boolean): Promise<void> {
    const signal = AbortSignal.timeout(5_000)
    const stream = await open(host.libp2p, target('provider'), protocol, signal)
    const frame = framed ? Buffer.concat([varint(bytes.byteLength), bytes]) : bytes
    stream.send(new Uint8Array(frame))
    await stream.close({ signal })
  }

  for (const protocol of [DEAL_PROTOCOL, LOGS_PROTOCOL, SYNC_PROTOCOL]) {
    it(`behavior: a member that sends garbage on ${protocol} is cut off, honest work goes on`, async () => {
      const evil = await stranger(`evil-${protocol.split('/')[2]}`)
      await connect(evil.libp2p, target('provider'))
      await eventually('the provider sees it', () => sees('provider', evil))
      const job = honestJob(protocol.split('/')[2] ?? '')
      for (let i = 0; i < PIECES; i++) {
        const bytes = GARBAGE[i % GARBAGE.length]?.() ?? new Uint8Array(1)
        // once it is cut off it cannot even open a stream
        await send(evil, protocol, bytes, i % 4 !== 3).catch(() => undefined)
      }
      await job
      await eventually('the provider has cut it off', async () => !(await sees('provider', evil)))
      // the dialler learns of a refusal only when it uses the connection
      await eventually('it is refused when it comes back', async () => {
        await send(evil, protocol, new Uint8Array(1), true).catch(() => undefined)
        return !(await sees('provider', evil))
      })
      await honestJob('again')
    })
  }

  it('behavior: a member that gossips garbage falls out of the mesh, honest work goes on', async () => {
    const evil = await stranger('evil-gossip')
    evil.pubsub.subscribe(evil.topic)
    await connect(evil.libp2p, target('provider'))
    const { peer } = target('provider')
    const inMesh = () => meshOf(evil).includes(peer)
    await eventually('it is in the mesh of the provider', inMesh)
    const job = honestJob('gossip')
    for (let i = 0; i < 50; i++) await evil.pubsub.publish(evil.topic, new Uint8Array(randomBytes(200 + i)))
    await job
    await eventually('it has fallen out', () => !inMesh())
    assert.equal((await lab.node('creator').client.offers()).length, 1)
    await honestJob('afterwards')
  })

  it('behavior: an outsider without the secret of the network is refused', async () => {
    const outsider = await stranger('outsider', { networkSecret: new Uint8Array(32).fill(9) })
    await assert.rejects(connect(outsider.libp2p, target('provider')), { name: 'PeerUnreachableError' })
    await assert.rejects(connect(outsider.libp2p, target('relay')), { name: 'PeerUnreachableError' })
    assert.equal(await sees('provider', outsider), false)
  })

  describe('bad input', () => {
    before(async () => {
      for (const [name, text] of Object.entries(BAD_FILES)) await writeFile(join(lab.dir, name), text)
    })

    for (const [title, args, name] of BAD_SETTINGS) {
      it(`error: dcn-node: ${title}`, async () => {
        const all = ['--data-dir', 'bad-input', '--insecure-dev-keys', '--json', ...args(lab.network.invite)]
        refused(await dcnNode(all, { cwd: lab.dir }), name)
      })
    }

    for (const [title, args, name] of BAD_COMMANDS) {
      it(`error: dcn: ${title}`, async () => {
        const options: CliOptions = { node: lab.node('creator').dataDir, cwd: lab.dir }
        refused(await dcn([...args, '--json'], options), name)
        const text = await dcn(args, options)
        assert.equal(text.code, 2)
        assert.match(text.stderr, /^error: \S/)
        assert.doesNotMatch(text.stderr, STACK)
      })
    }

    it('error: an unknown flag or command names what is there', async () => {
      for (const args of [['job', 'lst'], ['run', '--colour'], ['nonsense']]) {
        const { code, stdout, stderr } = await dcn(args, { cwd: lab.dir })
        assert.equal(code, 2, args.join(' '))
        assert.match(stderr, /error: (unknown|missing)/)
        assert.doesNotMatch(stdout + stderr, STACK)
      }
    })

    for (const [title, { path = '/jobs', ...init }, status, name] of BAD_REQUESTS) {
      it(`error: API: ${title}`, async () => {
        const { url, token } = JSON.parse(await readText(join(lab.node('creator').dataDir, 'api.json')))
        const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...init.headers }
        const method = init.method ?? 'PUT'
        if (method === 'GET') Reflect.deleteProperty(headers, 'content-type')
        const response = await fetch(`${url}/api/v1${path}`, { method, ...init, headers })
        const problem = (await response.json()) as Record<string, unknown>
        assert.equal(response.status, status, JSON.stringify(problem))
        assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/)
        assert.match(String(problem['name']), new RegExp(`^(${name})$`))
        assert.equal(typeof problem['detail'], 'string')
        assert.doesNotMatch(JSON.stringify(problem), STACK)
      })
    }

    it('behavior: the nodes are as well as before', async () => {
      await honestJob('still')
      const [log] = await Promise.all([readText(join(lab.node('creator').dataDir, 'node.log'))])
      assert.doesNotMatch(log, /internal error|UnhandledRejection|TypeError/i)
    })
  })
})

/** A public method that the type of the service leaves out. */
function meshOf({ pubsub, topic }: Host): string[] {
  return (pubsub as unknown as { getMeshPeers(topic: string): string[] }).getMeshPeers(topic)
}

function varint(n: number): Uint8Array {
  const bytes: number[] = []
  let rest = n
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return new Uint8Array([...bytes, rest])
}

async function readText(path: string): Promise<string> {
  return await readFile(path, 'utf8')
}
