import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { type DockerEngine, type DockerEngineInit, dockerEngine } from '../../../node/engines/docker/index.ts'
import { containerName } from '../../../node/engines/docker/names.ts'
import { PRIVATE_IPV4 } from '../../../node/engines/docker/network/addresses.ts'
import { FullNetwork } from '../../../node/engines/docker/network/full.ts'
import type { RunOutcome } from '../../../node/engines/engine.ts'
import { busyboxImage } from '../../../scripts/lib/docker-image.ts'
import { collect, contextOf, type JobInit, runJob, specOf, Workplace } from './harness.ts'

const docker = new Docker()
const nodeId = `test-net-${process.pid}`
/** what `nc` sends to the proxy, and what comes back */
const connectTo = (authority: string) =>
  `printf 'CONNECT ${authority} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' | nc 127.0.0.1 3128 | head -n 1`
const socketDirs = () => readdirSync(tmpdir()).filter(name => name.startsWith('dcn-net-'))

/** Forwarders that this process has. */
const forwarders = () =>
  execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
    .split('\n')
    .filter(line => line.includes('forwarder'))

/** Rules of the firewall that this node made. */
const tag = new FullNetwork(docker, nodeId).name.slice(-8)
const rulesOfJobs = () =>
  ['iptables-save', 'ip6tables-save'].flatMap(tool =>
    execFileSync(tool, { encoding: 'utf8' })
      .split('\n')
      .filter(line => line.includes(tag))
  )

describe('docker engine: networks of jobs', () => {
  let image = ''
  let removeImage: () => Promise<void> = async () => undefined
  let place: Workplace
  let web: Server
  let port = 0
  /** a temporary directory of its own: what others make meanwhile is not ours to find */
  const { TMPDIR } = process.env
  const engines: DockerEngine[] = []

  before(async function () {
    const made = await busyboxImage(docker, nodeId)
    if ('missing' in made) {
      process.stderr.write(`    skipped: ${made.missing}\n`)
      return this.skip()
    }
    ;({ id: image, remove: removeImage } = made)
    const found = await engineOf({ networks: ['allow', 'full'] }).probe()
    if (!found.available || found.features['networks'] !== 'none,allow,full') {
      process.stderr.write(`    skipped: ${found.available ? found.features['warning'] : found.reason}\n`)
      return this.skip()
    }
    process.env['TMPDIR'] = await mkdtemp(join(tmpdir(), 'dcn-networks-'))
    place = await Workplace.make()
    web = createHttpServer((asked, answer) => {
      if (asked.url === '/redirect') answer.writeHead(302, { location: 'http://169.254.169.254/latest' }).end()
      else answer.end(`hello from ${asked.headers.host}`)
    })
    web.listen(0, '0.0.0.0')
    await once(web, 'listening')
    port = (web.address() as AddressInfo).port
  })
  after(async () => {
    for (const engine of engines) await engine.stop()
    if (place === undefined) return removeImage()
    web.close()
    await place.remove()
    await removeImage()
    const label = [`dcn.node=${nodeId}`]
    assert.deepEqual(await docker.listContainers({ all: true, filters: { label } }), [])
    assert.deepEqual(await docker.listNetworks({ filters: { label } }), [])
    assert.deepEqual(rulesOfJobs(), [])
    assert.deepEqual(socketDirs(), [])
    await rm(tmpdir(), { recursive: true })
    if (TMPDIR === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = TMPDIR
  })

  function engineOf(init: Partial<DockerEngineInit>): DockerEngine {
    const engine = dockerEngine({ nodeId, ...init })
    engines.push(engine)
    return engine
  }
  /** names lead to this host, which these jobs may reach on its loopback */
  const reach = {
    lookup: async (host: string) => (host === 'web.test' ? ['127.0.0.1'] : ['10.0.0.1']),
    mayReach: (address: string) => address === '127.0.0.1'
  }
  const job = (script: string, more: Partial<JobInit> = {}): JobInit => ({
    engine: { docker: { image, entrypoint: ['sh', '-c', script] } },
    ...more
  })
  const allowed = (script: string, allow: string[], init: Partial<DockerEngineInit> = { reach }) =>
    runJob(engineOf({ networks: ['allow'], ...init }), place, job(script, { network: { allow } }))

  it('allow: a listed place answers, by the proxy that the environment names', async () => {
    const script = `wget -q -O - http://web.test:${port}/a; echo; ${connectTo(`web.test:${port}`)}; env | grep -i _proxy | sort`
    const { outcome, stdout } = await allowed(script, [`web.test:${port}`])
    assert.equal(outcome.exitCode, 0, outcome.reason)
    const [hello, tunnel, ...env] = stdout.trim().split('\n')
    assert.deepEqual([hello, tunnel?.trim()], [`hello from web.test:${port}`, 'HTTP/1.1 200 Connection established'])
    const names = ['HTTPS_PROXY', 'HTTP_PROXY', 'http_proxy', 'https_proxy']
    assert.deepEqual(
      env,
      names.map(name => `${name}=http://127.0.0.1:3128`)
    )
  })
  it('allow: nothing but loopback is there, and nothing listens on it but the proxy', async () => {
    const script = `ls /sys/class/net; cat /proc/net/tcp | wc -l; nc -w 1 1.1.1.1 80 </dev/null || echo none; nc 127.0.0.1 ${port} </dev/null || echo closed; cat /etc/hostname`
    const { stdout, stderr } = await allowed(script, [`web.test:${port}`])
    assert.deepEqual(stdout.trim().split('\n'), ['lo', '2', 'none', 'closed', 'job'])
    assert.match(stderr, /unreachable/)
  })
  it('allow: other hosts, ports and addresses are refused, and so is a redirect to one', async () => {
    const places = [
      'web.test:1',
      'other.test:80',
      `127.0.0.1:${port}`,
      '169.254.169.254:80',
      `[::1]:${port}`,
      '2130706433:80'
    ]
    const script = `${places.map(connectTo).join('; ')}; wget -q -O - http://web.test:${port}/redirect 2>&1`
    const { stdout } = await allowed(script, [`web.test:${port}`, 'other.test:80'])
    const lines = stdout
      .trim()
      .split('\n')
      .map(line => line.trim())
    assert.deepEqual(
      lines.slice(0, places.length),
      places.map(() => 'HTTP/1.1 403 Refused')
    )
    assert.match(lines.at(-1) ?? '', /403/)
  })
  it('allow: with the rules of a real provider, its own services stay closed whatever the list says', async () => {
    const own = Object.values(networkInterfaces()).flatMap(i => i ?? [])
    const hosts = own.filter(i => i.family === 'IPv4').map(i => `${i.address}:${port}`)
    assert.ok(hosts.length > 1)
    const { stdout } = await allowed(hosts.map(connectTo).join('; '), hosts, {})
    const lines = stdout
      .trim()
      .split('\n')
      .map(line => line.trim())
    assert.deepEqual(
      lines,
      hosts.map(() => 'HTTP/1.1 403 Refused')
    )
  })
  it('allow: a program that is gone, killed or never there leaves nothing behind', async () => {
    await allowed('exit 3', ['web.test:1'])
    const init = { engine: { docker: { image, entrypoint: ['/nope'] } }, network: { allow: ['web.test:1'] } }
    assert.equal((await runJob(engineOf({ networks: ['allow'], reach }), place, init)).outcome.exitCode, 127)
    const slow = job('sleep 60', { network: { allow: ['web.test:1'] }, timeoutMs: 300 })
    assert.equal((await runJob(engineOf({ networks: ['allow'], reach }), place, slow)).outcome.status, 'timeout')
    const label = [`dcn.node=${nodeId}`]
    assert.deepEqual(await docker.listContainers({ all: true, filters: { label } }), [])
    assert.deepEqual(socketDirs(), [])
  })

  /** Starts a job and stops its engine after the first line, as a node that goes away. */
  async function abandoned(id: string, script: string, full = false) {
    const init = job(script, { network: full ? 'full' : { allow: [`web.test:${port}`] } })
    const dirs = await place.dirs(init)
    const first = dockerEngine({ nodeId, networks: ['allow', 'full'], reach })
    const prepared = await first.prepare(specOf(init), contextOf())
    let stopped: Promise<void> | undefined
    const onLog = () => {
      stopped ??= first.stop()
    }
    const running = collect(dirs, { id, onLog }, o => first.run(prepared, dirs, o))
    const ended = running.then(({ outcome, stdout }) => assert.fail(JSON.stringify([outcome, stdout])))
    await assert.rejects(ended, { name: 'EngineStoppedError' })
    await stopped
    return dirs
  }

  it('adopt: a job that a node took over has its network again', async () => {
    const script = `echo up; until wget -q -O - http://web.test:${port}/again 2>/dev/null; do sleep 0.05; done`
    const dirs = await abandoned('deal-net', script)
    const next = engineOf({ networks: ['allow'], reach })
    const ran = await collect(
      dirs,
      { id: 'deal-net' },
      async o => (await next.adopt('deal-net', dirs, o)) as RunOutcome
    )
    assert.equal(ran.outcome.exitCode, 0, ran.outcome.reason)
    assert.match(ran.stdout, /^up\nhello from web\.test/)
  })
  it('sweep: what a node left goes with its job, and stays with one that is kept', async () => {
    await abandoned('deal-left', 'echo up; sleep 60')
    const holder = { all: true, filters: { label: ['dcn.holder-of=deal-left'] } }
    const engine = engineOf({ networks: ['allow'] })
    await engine.sweep({ keep: ['deal-left'], workDir: place.root })
    assert.equal((await docker.listContainers(holder)).length, 1)
    assert.deepEqual(await engine.sweep({ keep: [], workDir: place.root }), { containers: 1, mounts: 1 })
    assert.deepEqual(await docker.listContainers(holder), [])
    assert.deepEqual(socketDirs(), [])
  })

  it('adopt: a job that took the proxy’s port ends, and nothing of it stays', async () => {
    const dirs = await abandoned('deal-port', 'echo up; while :; do nc -l -p 3128; done')
    const { pid } = await docker
      .getContainer(containerName(nodeId, 'deal-port'))
      .inspect()
      .then(i => ({ pid: i.State.Pid }))
    // 3128, in hex digits
    const listens = () => ['tcp', 'tcp6'].some(kind => /:0C38 /.test(readFileSync(`/proc/${pid}/net/${kind}`, 'utf8')))
    while (!listens()) await new Promise(setImmediate)
    const next = engineOf({ networks: ['allow'], reach })
    const ran = await collect(
      dirs,
      { id: 'deal-port' },
      async o => (await next.adopt('deal-port', dirs, o)) as RunOutcome
    )
    assert.equal(ran.outcome.status, 'engine-error')
    const label = [`dcn.node=${nodeId}`]
    assert.deepEqual(await docker.listContainers({ all: true, filters: { label } }), [])
    assert.deepEqual(socketDirs(), [])
  })
  it('adopt: a network that ended with the host is removed with its job', async () => {
    const dirs = await abandoned('deal-reboot', 'echo up; sleep 60')
    for (const { Id } of await docker.listContainers({ filters: { label: [`dcn.node=${nodeId}`] } }))
      await docker.getContainer(Id).kill()
    const next = engineOf({ networks: ['allow'], reach })
    await collect(dirs, { id: 'deal-reboot' }, async o => (await next.adopt('deal-reboot', dirs, o)) as RunOutcome)
    assert.deepEqual(await docker.listContainers({ all: true, filters: { label: [`dcn.node=${nodeId}`] } }), [])
    assert.deepEqual(socketDirs(), [])
  })
  it('stop: while a network is being made, its proxy and forwarder end too', async () => {
    const engine = dockerEngine({ nodeId, networks: ['allow'], reach })
    const init = job('sleep 60', { network: { allow: ['web.test:1'] } })
    const dirs = await place.dirs(init)
    const prepared = await engine.prepare(specOf(init), contextOf())
    const running = collect(dirs, { id: 'deal-stop' }, o => engine.run(prepared, dirs, o))
    const ended = assert.rejects(running, { name: 'EngineStoppedError' })
    // its directory is the first that is made of it
    while (socketDirs().length === 0) await new Promise(setImmediate)
    await engine.stop()
    await ended
    assert.deepEqual(forwarders(), [])
    await engineOf({ networks: ['allow'] }).sweep({ keep: [], workDir: place.root })
    assert.deepEqual(socketDirs(), [])
  })
  it('sweep: an image cannot make its container look like one that holds a network', async () => {
    const Labels = {
      'dcn.node': nodeId,
      'dcn.deal': 'deal-x',
      'dcn.holder-of': 'deal-y',
      'dcn.socket-dir': '/tmp/dcn-net-'
    }
    await docker.createContainer({ Image: image, Labels })
    const engine = engineOf({ networks: ['allow'] })
    assert.deepEqual(await engine.sweep({ keep: ['deal-y'], workDir: place.root }), { containers: 1, mounts: 0 })
  })

  it('full: a job that a node took over is behind its rules again', async () => {
    const dirs = await abandoned('deal-full', 'echo up; sleep 60', true)
    const all = rulesOfJobs()
    execFileSync('iptables', ['-D', 'INPUT', '-i', `dcn${tag}`, '-j', 'DROP'])
    const cancel = new AbortController()
    let found: string[] | undefined
    const onLog = () => {
      found ??= rulesOfJobs()
      cancel.abort()
    }
    const next = engineOf({ networks: ['full'] })
    const hooks = { id: 'deal-full', signal: cancel.signal, onLog }
    await collect(dirs, hooks, async o => (await next.adopt('deal-full', dirs, o)) as RunOutcome)
    assert.equal(found?.length, all.length)
  })
  it('full: rules stay while nobody can tell whether a container is behind them', async () => {
    const network = new FullNetwork(docker, nodeId)
    await network.ensure()
    const gone = new FullNetwork(new Docker({ socketPath: join(place.root, 'none.sock') }), nodeId)
    await assert.rejects(gone.removeUnused())
    assert.notDeepEqual(rulesOfJobs(), [])
    await network.removeUnused()
    assert.deepEqual(rulesOfJobs(), [])
  })
  it('full: the host and private addresses are out of reach, on any of its addresses', async () => {
    const inside = createServer(socket => socket.end('inside'))
    inside.listen(0, '0.0.0.0')
    await once(inside, 'listening')
    const { port: open } = inside.address() as AddressInfo
    const own = Object.values(networkInterfaces())
      .flatMap(i => i ?? [])
      .filter(a => a.family === 'IPv4' && !a.internal)
      .map(a => a.address)
    const tries = ['$gw', ...own].map(host => `nc -w 1 ${host} ${open} </dev/null || echo closed`)
    // the kernel writes addresses as hex digits, lowest byte first
    const byte = (at: number) => `$((0x$(expr substr $hex ${at} 2)))`
    const gateway = `hex=$(grep eth0 /proc/net/route | { read _ _ gw _; echo $gw; }); gw=${[7, 5, 3, 1].map(byte).join('.')}`
    try {
      const engine = engineOf({ networks: ['full'] })
      const { stdout, stderr } = await runJob(
        engine,
        place,
        job(`ls /sys/class/net; ${gateway}; echo $gw; ${tries.join('; ')}`, { network: 'full' })
      )
      const [eth, lo, gw, ...answers] = stdout.trim().split('\n')
      assert.deepEqual([eth, lo], ['eth0', 'lo'], stderr)
      assert.match(gw ?? '', /^172\.|^10\.|^192\.168\./)
      assert.deepEqual(
        answers,
        tries.map(() => 'closed')
      )
    } finally {
      inside.close()
    }
  })
  it('full: another network is reached unless it is a private one', async () => {
    const netns = `dcn-test-${process.pid}`
    const ip = (...args: string[]) => execFileSync('ip', args)
    let far: ReturnType<typeof spawn> | undefined
    ip('netns', 'add', netns)
    try {
      ip('link', 'add', `dt${process.pid}`, 'type', 'veth', 'peer', 'name', 'far', 'netns', netns)
      ip('addr', 'add', '198.18.77.1/30', 'dev', `dt${process.pid}`)
      ip('link', 'set', `dt${process.pid}`, 'up')
      ip('-n', netns, 'addr', 'add', '198.18.77.2/30', 'dev', 'far')
      ip('-n', netns, 'link', 'set', 'far', 'up')
      ip('-n', netns, 'route', 'add', 'default', 'via', '198.18.77.1')
      const answer = "net.createServer(s => s.end('far')).listen(9, () => console.log('up'))"
      far = spawn('ip', ['netns', 'exec', netns, process.execPath, '-e', answer], {
        stdio: ['ignore', 'pipe', 'inherit']
      })
      await once(far.stdout ?? assert.fail(), 'data')
      const script = 'nc -w 2 198.18.77.2 9 </dev/null'
      const run = async (blocked?: readonly string[]) => {
        const engine = engineOf({ networks: ['full'], ...(blocked === undefined ? {} : { reach: { blocked } }) })
        return (await runJob(engine, place, job(script, { network: 'full' }))).stdout
      }
      assert.equal(await run(PRIVATE_IPV4.filter(range => range !== '198.18.0.0/15')), 'far')
      assert.equal(await run(), '')
    } finally {
      far?.kill('SIGKILL')
      ip('netns', 'del', netns)
    }
  })
})
