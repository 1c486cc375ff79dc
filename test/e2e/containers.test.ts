import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Docker from 'dockerode'
import type { DealView, JobView, OfferView, SharedImageView } from '../../node/http/views.ts'
import { cowsayImage } from '../../scripts/lib/cowsay-image.ts'
import { busyboxImage } from '../../scripts/lib/docker-image.ts'
import { ByHand } from './support/by-hand.ts'
import { type DockerGate, dockerGate } from './support/docker-gate.ts'
import { eventually } from './support/wait.ts'

const docker = new Docker()
const NAME = `dcn-e2e-${process.pid}:x`

/** The default of --docker-socket. */
const ENGINE = '/var/run/docker.sock'

/** A host with two GPUs, as its tools tell it: none has to be here to see who gets which. */
async function withGpus(dir: string): Promise<NodeJS.ProcessEnv> {
  const bin = join(dir, 'gpu-tools')
  const csv = fileURLToPath(new URL('../fixtures/nvidia-smi/two-h100.csv', import.meta.url))
  const tools = { 'nvidia-smi': `cat '${csv}'`, 'nvidia-ctk': 'echo "NVIDIA Container Toolkit CLI version 1.17.8"' }
  await mkdir(bin)
  for (const [name, line] of Object.entries(tools)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 })
  }
  return { PATH: `${bin}${delimiter}${process.env['PATH']}` }
}

describe('containers without a registry', function () {
  this.timeout(120_000)
  let hand: ByHand | undefined
  let gate: DockerGate | undefined
  let base: { id: string; remove(): Promise<void> } | undefined
  let image = ''
  let imageId = ''

  before(async function () {
    const made = await busyboxImage(docker, NAME)
    if ('missing' in made) {
      process.stderr.write(`    skipped: ${made.missing}\n`)
      return this.skip()
    }
    base = made
    await docker.getImage(made.id).tag({ repo: NAME.split(':')[0] ?? '', tag: 'x' })
    hand = await ByHand.start({ chain: false })
    const socket = join(hand.dir, 'engine.sock')
    gate = await dockerGate(socket, ENGINE, '/images/load')
    const env = await withGpus(hand.dir)
    await Promise.all([
      hand.join(
        'provider',
        ['--role', 'provider', '--engines', 'docker', '--docker-socket', socket, '--insecure-dev-keys'],
        { env }
      ),
      hand.join('creator', ['--role', 'creator', '--insecure-dev-keys'])
    ])
    await hand.everybodyKnows(1)
  })
  after(async () => {
    try {
      gate?.open()
      await hand?.stop()
    } finally {
      await gate?.close()
    }
    if (imageId !== '') await docker.getImage(imageId).remove({ force: true })
    await base?.remove()
  })

  const dcn = (...args: string[]) => (hand as ByHand).dcn('creator', ...args)

  it('behavior: a Bacalhau file that chooses among providers names its image by a tag', async () => {
    const Params = { Image: NAME, Parameters: ['echo', 'moo'] }
    const Constraints = [{ Key: 'region', Operator: '!=', Values: ['eu'] }]
    const job = { Type: 'ops', Tasks: [{ Name: 'main', Engine: { Type: 'docker', Params } }], Constraints }
    await writeFile(join((hand as ByHand).dir, 'ops.yaml'), JSON.stringify(job))
    const ran = await dcn('run', 'ops.yaml', '--json')
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    const end = ran.json<{ event: string; jobs?: JobView[] }>().at(-1)
    assert.deepEqual([end?.event, end?.jobs?.map(({ state }) => state)], ['end', ['done']])
  })

  it('default: an image goes by CID from the creator to a provider whose engine does not have it', async () => {
    const pushed = await dcn('image', 'push', NAME, '--json')
    assert.equal(pushed.code, 0, pushed.stderr)
    const [shared] = pushed.json<SharedImageView>()
    assert.ok(shared)
    ;({ imageId } = shared)
    image = `ipfs://${shared.cid}`
    // one engine stands for both sides here: it forgets what was pushed
    await docker.getImage(imageId).remove({ force: true })
    await assert.rejects(docker.getImage(imageId).inspect(), { statusCode: 404 })

    const script = 'echo moo; echo milk > /outputs/pail'
    const running = (hand as ByHand).startDcn('creator', 'docker', 'run', image, '--json', '--', 'sh', '-c', script)
    // the provider's engine is slow, and that is seen here; how much is unpacked depends on what other images of it hold
    await running.says(/"event":"transfer","what":"prepare","bytes":\d/)
    gate?.open()
    const ran = await running.ended
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    const end = ran.json<{ job?: JobView; text?: string }>()
    assert.equal(end.at(-1)?.job?.state, 'done')
    assert.ok(end.some(line => line.text === 'moo\n'))
    assert.equal((await docker.getImage(imageId).inspect()).Id, imageId)
    const listed = await dcn('image', 'list')
    assert.ok(listed.stdout.includes(image))
  })

  it("default: Debian's cowsay, pushed like any other image, says what it is told", async function () {
    const made = await cowsayImage(docker, NAME)
    if ('missing' in made) {
      process.stderr.write(`    skipped: ${made.missing}\n`)
      return this.skip()
    }
    try {
      const pushed = await dcn('image', 'push', made.id, '--json')
      assert.equal(pushed.code, 0, pushed.stderr)
      const [shared] = pushed.json<SharedImageView>()
      await docker.getImage(made.id).remove({ force: true })
      const ran = await dcn('docker', 'run', `ipfs://${shared?.cid}`, '--', 'cowsay', 'Moo, said the cow')
      assert.equal(ran.code, 0, ran.stderr)
      assert.match(ran.stdout, /< Moo, said the cow >\n[\s\S]*\(oo\)/)
      const inputs = ['-i', `Image=ipfs://${shared?.cid}`, '-i', 'Message=-f "moo"']
      const module = await dcn('run', 'cowsay-image', ...inputs)
      assert.equal(module.code, 0, module.stderr)
      assert.match(module.stdout, /< -f "moo" >/)
    } finally {
      await made.remove()
    }
  })

  it('default: a job that names places to reach has a network of just these', async function () {
    const [offer] = (await dcn('offers', '--json')).json<{ networks: string[] }[]>().flat()
    if (offer?.networks.includes('allow') !== true) return this.skip()
    // nobody answers there, and the proxy says so: what it lets through is shown where servers are, in test/compliance
    const script = 'wget -O - http://other.invalid/ 2>&1; wget -O - http://nowhere.invalid/ 2>&1; true'
    const ran = await dcn('docker', 'run', image, '--allow-host', 'nowhere.invalid:80', '--', 'sh', '-c', script)
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    assert.match(ran.stdout, /403[\s\S]*502/)
  })

  it('default: GPUs are in the offer and in what the doctor says, and a job asks the engine for one by its id', async () => {
    const [offers = []] = (await dcn('offers', '--json')).json<OfferView[]>()
    assert.deepEqual(
      offers.map(o => o.free.gpus.map(g => g.model)),
      [['NVIDIA H100 80GB HBM3', 'NVIDIA H100 80GB HBM3']]
    )
    const doctor = await (hand as ByHand).dcn('provider', 'doctor')
    assert.match(doctor.stdout, /GPU NVIDIA H100 80GB HBM3, 79\.6 GiB \(GPU-8f6c1f8e\S*, driver 550\.127\.05\)/)
    const ran = await dcn('docker', 'run', image, '--gpus', '1', '--detach', '--', 'true')
    assert.equal(ran.code, 0, ran.stderr)
    // no driver is behind these devices, and the engine that is asked for one by its id says so
    await eventually('the engine was asked for a device', async () => {
      const [deals = []] = (await (hand as ByHand).dcn('provider', 'deals', '--json')).json<DealView[]>()
      return deals.some(deal => /device driver|nvidia/i.test(deal.reason ?? ''))
    })
  })

  it('error: an image that the creator does not share, before anything is agreed', async () => {
    const other = 'ipfs://bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
    const ran = await dcn('docker', 'run', other, '--json')
    assert.equal(ran.code, 2)
    assert.match(ran.stdout + ran.stderr, /ImageNotFoundError/)
  })
})
