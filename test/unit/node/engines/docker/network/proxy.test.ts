import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer as createHttpServer, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { EgressProxy, type ProxyInit } from '../../../../../../node/engines/docker/network/proxy.ts'

describe('engines/docker/network/proxy', () => {
  let dir = ''
  let path = ''
  let proxy: EgressProxy | undefined
  const servers: Server[] = []

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dcn-proxy-test-'))
    path = join(dir, 'proxy')
  })
  afterEach(async () => {
    await proxy?.close()
    proxy = undefined
    for (const server of servers.splice(0)) await new Promise(resolve => server.close(resolve))
    await rm(dir, { recursive: true, force: true })
  })

  async function target(server: Server): Promise<number> {
    servers.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  async function start(init: ProxyInit): Promise<void> {
    proxy = new EgressProxy(init)
    await proxy.listen(path)
  }
  /** every name leads to this host's loopback, which these tests may reach */
  const loopback = { lookup: async () => ['127.0.0.1'], mayReach: (address: string) => address === '127.0.0.1' }

  /** Status line and everything after it, of a request as typed. */
  async function say(...lines: string[]): Promise<string> {
    const socket = connect({ path })
    socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    return await text(socket)
  }
  const tunnel = async (authority: string) =>
    (await say(`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`)).split(' ')[1]
  async function open(authority: string): Promise<Socket> {
    const asking = request({ socketPath: path, method: 'CONNECT', path: authority })
    asking.end()
    const [answer, socket, head] = (await once(asking, 'connect')) as [IncomingMessage, Socket, Buffer]
    assert.equal(answer.statusCode, 200)
    socket.unshift(head)
    return socket
  }

  it('default: a tunnel passes bytes both ways, and the answer after the client has said its last word', async () => {
    const port = await target(
      createServer({ allowHalfOpen: true }, async socket => socket.end(`got ${(await text(socket)).length}`))
    )
    await start({ allow: [`echo.test:${port}`], rules: loopback })
    const socket = await open(`echo.test:${port}`)
    socket.end('x'.repeat(200_000))
    assert.equal(await text(socket), 'got 200000')
  })
  it('default: a plain request goes on with its method, body and headers, and without those of the hop', async () => {
    const seen: unknown[] = []
    const port = await target(
      createHttpServer(async (asked, answer) => {
        const { host, 'proxy-authorization': secret, x } = asked.headers
        seen.push([asked.method, asked.url, host, secret, x, await text(asked)])
        answer.writeHead(201, { y: '2' }).end('made')
      })
    )
    await start({ allow: [`web.test:${port}`], rules: loopback })
    const answer = await say(
      `POST http://web.test:${port}/a/b?c=d HTTP/1.1`,
      'Host: another.test',
      'Proxy-Authorization: x',
      'X: 1',
      'Connection: close',
      'Content-Length: 4',
      '',
      'body'
    )
    assert.match(answer, /^HTTP\/1\.1 201 [\s\S]*y: 2[\s\S]*made/)
    assert.deepEqual(seen, [['POST', '/a/b?c=d', `web.test:${port}`, undefined, '1', 'body']])
  })
  it('behavior: a redirect is the next request, and checked like the first', async () => {
    const port = await target(
      createHttpServer((_asked, answer) => answer.writeHead(302, { location: 'http://169.254.169.254/' }).end())
    )
    await start({ allow: [`web.test:${port}`], rules: loopback })
    assert.match(
      await say(`GET http://web.test:${port}/ HTTP/1.1`, 'Host: x', 'Connection: close'),
      /302[\s\S]*169\.254/
    )
    assert.match(await say('GET http://169.254.169.254/ HTTP/1.1', 'Host: x', 'Connection: close'), /^HTTP\/1\.1 403/)
  })
  it('error: places that no job may reach, even where its list names them', async () => {
    const names: Record<string, string[]> = {
      'private.test': ['10.0.0.1'],
      'mixed.test': ['1.1.1.1', '127.0.0.1'],
      'mapped.test': ['::ffff:127.0.0.1'],
      'gateway.test': ['172.17.0.1']
    }
    const hosts = [
      ...[
        '127.0.0.1',
        '169.254.169.254',
        '[::1]',
        '[::ffff:127.0.0.1]',
        '172.17.0.1',
        '0.0.0.0',
        '2130706433',
        '0x7f000001',
        '127.1'
      ],
      ...Object.keys(names)
    ]
    const allow = hosts.map(host => `${host.replace(/[[\]]/g, '')}:80`)
    await start({ allow, rules: { lookup: async host => names[host] ?? [host] } })
    for (const host of hosts) {
      assert.equal(await tunnel(`${host}:80`), '403', host)
      assert.match(await say(`GET http://${host}/ HTTP/1.1`, 'Host: x', 'Connection: close'), /^HTTP\/1\.1 403/, host)
    }
  })
  it('error: what the list does not name is not even looked up', async () => {
    const lookup = async () => assert.fail('looked up')
    await start({ allow: ['good.test:443'], rules: { lookup } })
    for (const authority of ['bad.test:443', 'good.test:80', '93.184.216.34:443', 'x.good.test:443']) {
      assert.equal(await tunnel(authority), '403', authority)
    }
  })
  it('error: a second look-up is not made, so it cannot answer something else', async () => {
    const answers = [['127.0.0.1'], ['10.0.0.1']]
    const port = await target(createServer(socket => socket.end('first')))
    const lookup = async () => answers.shift() ?? assert.fail('looked up again')
    await start({ allow: [`a.test:${port}`], rules: { ...loopback, lookup } })
    assert.equal(await text(await open(`a.test:${port}`)), 'first')
    assert.equal(await tunnel(`a.test:${port}`), '403')
  })
  it('error: what is no request of a proxy', async () => {
    await start({ allow: ['a.test:80'], rules: loopback })
    const cases: [string, string][] = [
      ['GET / HTTP/1.1', '400'],
      ['GET https://a.test/ HTTP/1.1', '400'],
      ['GET ftp://a.test/ HTTP/1.1', '400'],
      ['CONNECT a.test HTTP/1.1', '400'],
      ['CONNECT http://a.test:80 HTTP/1.1', '400']
    ]
    for (const [line, status] of cases) {
      assert.equal((await say(line, 'Host: a.test', 'Connection: close')).split(' ')[1], status, line)
    }
    assert.equal(await say('not http at all'), '')
  })
  it('error: a listed place that does not answer', async () => {
    const port = await target(createServer())
    await new Promise(resolve => servers.splice(0)[0]?.close(resolve))
    await start({ allow: [`gone.test:${port}`], rules: loopback })
    assert.equal(await tunnel(`gone.test:${port}`), '502')
  })
  it('behavior: a connection on which nothing moves is closed', async () => {
    const port = await target(createServer(socket => socket.on('error', () => undefined)))
    await start({ allow: [`a.test:${port}`], rules: loopback, idleMs: 50 })
    const socket = await open(`a.test:${port}`)
    socket.resume()
    await once(socket, 'close')
  })
  it('behavior: more bytes than a job may move end its network', async () => {
    const endless = createServer(socket => {
      const more = () => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536)));
      }
      socket.on('drain', more).on('error', () => undefined)
      more()
    })
    const port = await target(endless)
    await start({ allow: [`a.test:${port}`], rules: loopback, maxBytes: 1_000_000 })
    const socket = await open(`a.test:${port}`)
    socket.on('error', () => undefined).resume()
    await once(socket, 'close')
    assert.equal(await tunnel(`a.test:${port}`), '429')
  })
  it('behavior: more connections at a time than a job may have are dropped', async () => {
    const port = await target(createServer(socket => socket.on('error', () => undefined)))
    await start({ allow: [`a.test:${port}`], rules: loopback, maxConnections: 1 })
    const first = await open(`a.test:${port}`)
    const second = connect({ path })
    second.on('error', () => undefined).resume()
    await once(second, 'close')
    first.destroy()
  })
  it('behavior: many requests on one connection are as many destinations, and not more than a job may have', async () => {
    let lookups = 0
    const lookup = () => {
      lookups++
      return new Promise<string[]>(() => undefined)
    }
    await start({ allow: ['slow.test:80'], rules: { lookup }, maxConnections: 2 })
    const socket = connect({ path })
    socket.on('error', () => undefined).resume()
    socket.write('GET http://slow.test/ HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(10))
    while (lookups === 0) await new Promise(setImmediate)
    assert.equal(await tunnel('slow.test:80'), '503')
    assert.equal(lookups, 2)
    socket.destroy()
  })
  it('behavior: for a client that left while its name was looked up, nothing is connected', async () => {
    let connections = 0
    const port = await target(createServer(socket => socket.on('error', () => undefined).end(String(++connections))))
    const first = Promise.withResolvers<string[]>()
    const asked = Promise.withResolvers<void>()
    const answers = [first.promise]
    const lookup = async () => {
      asked.resolve()
      return (await answers.shift()) ?? ['127.0.0.1']
    }
    await start({ allow: [`a.test:${port}`], rules: { ...loopback, lookup }, maxConnections: 1 })
    const socket = connect({ path })
    socket.write(`GET http://a.test:${port}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
    await asked.promise
    socket.destroy()
    const status = () => tunnel(`a.test:${port}`).catch(() => undefined)
    // dropped until the proxy has seen that the client is gone; then its destination is still in hand
    let answer = await status()
    while (answer === undefined) answer = await status()
    assert.equal(answer, '503')
    first.resolve(['127.0.0.1'])
    while (answer !== '200') answer = await status()
    assert.equal(connections, 1)
  })
  it('error: answers and requests that Node reads and does not write', async () => {
    const answers = [
      'HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n',
      'HTTP/1.1 101 Other\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
      'HTTP/1.1 200 OK\r\nTrailer: a\r\nContent-Length: 2\r\n\r\nok',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
    ]
    const port = await target(createServer(socket => socket.once('data', () => socket.end(answers.shift() ?? ''))))
    await start({ allow: [`a.test:${port}`], rules: loopback })
    for (const status of ['502', '502', '200', '200']) {
      const lines = [`GET http://a.test:${port}/ HTTP/1.1`, 'Host: x', 'Trailer: a', 'Connection: close']
      assert.equal((await say(...lines)).split(' ')[1], status)
    }
  })
  it('error: a client that left before its plain request was answered', async () => {
    const found = Promise.withResolvers<string[]>()
    const asked = Promise.withResolvers<void>()
    const lookup = () => {
      asked.resolve()
      return found.promise
    }
    await start({ allow: ['a.test:80'], rules: { ...loopback, lookup }, maxConnections: 1 })
    const socket = connect({ path })
    socket.write('GET http://a.test/ HTTP/1.1\r\nHost: x\r\n\r\n')
    await asked.promise
    socket.destroy()
    const status = () => tunnel('a.test:80').catch(() => undefined)
    let answer = await status()
    while (answer === undefined) answer = await status()
    found.reject(new Error('no such name'))
    while (answer === '503' || answer === undefined) answer = await status()
    assert.equal(answer, '502')
  })
})
