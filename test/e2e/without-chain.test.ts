import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect, findNode } from '../../node/http/client.ts'
import type { JobView, NodeInfo } from '../../node/http/views.ts'
import { ByHand } from './support/by-hand.ts'
import { eventually } from './support/wait.ts'

const HELPER = `export const where: string = 'here'\n`
const MODULE = `import { where } from './lib/where.ts'
export default ({ inputs, outputs, console }) => {
  console.log(where)
  outputs.write('/outputs/copy.txt', inputs.text('/inputs/data.txt'))
}
`

const MODULE_YAML = `name: joined
version: 1.0.0
inputs: { Given: { type: file } }
job:
  engine: { js: { file: main.mjs } }
  inputs: [{ local: '{{ input.Given }}', path: /inputs/given }, { file: kept.txt }]
  outputs: []
`

describe('without a chain', function () {
  this.timeout(120_000)
  let hand: ByHand

  before(async () => {
    hand = await ByHand.start({ chain: false })
    await Promise.all([
      hand.join('provider', ['--role', 'provider', '--engines', 'js', '--insecure-dev-keys']),
      hand.join('creator', ['--role', 'creator', '--insecure-dev-keys'])
    ])
    await mkdir(join(hand.dir, 'lib'))
    await writeFile(join(hand.dir, 'lib', 'where.ts'), HELPER)
    await writeFile(join(hand.dir, 'copy.mjs'), MODULE)
    await writeFile(join(hand.dir, 'data.txt'), 'some data')
    await hand.everybodyKnows(1)
  })
  after(async () => await hand.stop())

  it('default: a job runs and ends as done; both sides book it', async () => {
    const [info] = (await hand.dcn('creator', 'node', '--json')).json<NodeInfo>()
    assert.equal(info?.network.settlement, 'none')
    const ran = await hand.dcn(
      'creator',
      'js',
      'run',
      'copy.mjs',
      '--input',
      'data.txt',
      '--out',
      'out',
      '--name',
      'copied',
      '--json'
    )
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    const end = ran.json().at(-1) as unknown as { job: JobView }
    assert.equal(end.job.state, 'done')
    assert.equal(readFileSync(join(hand.dir, 'out', 'outputs', 'outputs', 'copy.txt'), 'utf8'), 'some data')
    assert.equal(readFileSync(join(hand.dir, 'out', 'stdout'), 'utf8'), 'here\n')
    const [deals = []] = (await hand.dcn('provider', 'deals', '--json')).json<{ phase: string; price: string }[]>()
    assert.deepEqual(
      deals.map(d => [d.phase, d.price]),
      [['settled', end.job.price]]
    )
  })

  it('behavior: its receipt is signed by both sides and verifies offline, with its files', async () => {
    const folder = join(hand.dir, 'out')
    const args = ['receipt', 'verify', join(folder, 'receipt.json'), '--files', folder, '--json'] as const
    const verified = await hand.dcn('creator', ...args)
    assert.equal(verified.code, 0, verified.stdout + verified.stderr)
    const [said] = verified.json<{ holds: boolean; accepted: boolean }>()
    assert.deepEqual([said?.holds, said?.accepted], [true, true])
    await writeFile(join(folder, 'stdout'), 'there\n')
    assert.equal((await hand.dcn('creator', ...args)).code, 1)
    const [shown] = (await hand.dcn('creator', 'job', 'show', 'copied', '--json')).json<JobView>()
    assert.equal(shown?.log, 'same')
  })

  it('behavior: of a private job nobody but its parties sees anything', async () => {
    await writeFile(join(hand.dir, 'data.txt'), 'a most unusual secret')
    const args = ['js', 'run', 'copy.mjs', '--input', 'data.txt', '--private', '--out', 'private', '--json'] as const
    const ran = await hand.dcn('creator', ...args)
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    const folder = join(hand.dir, 'private')
    assert.equal(readFileSync(join(folder, 'outputs', 'outputs', 'copy.txt'), 'utf8'), 'a most unusual secret')
    assert.equal(readFileSync(join(folder, 'stdout'), 'utf8'), 'here\n')
    // what a provider passes on, and what it keeps
    for (const name of ['provider', 'relay']) {
      const files = readdirSync(join(hand.dir, name, 'blocks'), { recursive: true, withFileTypes: true })
      const blocks = files.filter(f => f.isFile()).map(f => readFileSync(join(f.parentPath, f.name)))
      assert.ok(name === 'relay' || blocks.length > 0)
      assert.ok(blocks.every(block => !block.includes('unusual')))
    }
    const verified = await hand.dcn('creator', 'receipt', 'verify', join(folder, 'receipt.json'), '--files', folder)
    assert.equal(verified.code, 0, verified.stdout)
  })

  it('default: cowsay as its users type it, from this package alone', async () => {
    const ran = await hand.dcn('creator', 'run', 'cowsay:v0.0.1', '-i', 'Message=it\'s "moo"', '--out', 'cow')
    assert.equal(ran.code, 0, ran.stderr)
    assert.match(ran.stdout, /< it's "moo" >[\s\S]*\^__\^/)
    assert.match(readFileSync(join(hand.dir, 'cow', 'spec.yaml'), 'utf8'), /^version: 2\n[\s\S]*^module: baf/m)
  })

  it('behavior: a module of a folder, with a file of its own and one of whoever runs it; the same by CID', async () => {
    const files = {
      'module.yaml': MODULE_YAML,
      'main.mjs': `export default ({ inputs, console }) => console.log(inputs.text('/inputs/given') + inputs.text('/inputs/kept.txt'))`,
      'kept.txt': ' and ours'
    }
    await mkdir(join(hand.dir, 'joined'))
    for (const [name, text] of Object.entries(files)) await writeFile(join(hand.dir, 'joined', name), text)
    await writeFile(join(hand.dir, 'given.txt'), 'yours')
    const client = connect(await findNode(hand.dataDir('creator')))
    const upload = await client.beginUpload()
    for (const [name, text] of Object.entries(files)) await client.sendFile(upload, name, new Blob([text]))
    const { cid } = await client.commitUpload(upload)
    for (const module of ['./joined', `ipfs://${cid}`]) {
      const ran = await hand.dcn('creator', 'run', module, '-i', 'Given=given.txt', '--json')
      assert.equal(ran.code, 0, ran.stdout + ran.stderr)
      const lines = ran.json<{ event: string; text?: string }>()
      assert.equal(lines.flatMap(line => line.text ?? []).join(''), 'yours and ours\n')
    }
    const wrong = await hand.dcn('creator', 'run', './joined', '-i', 'Givn=given.txt', '--json')
    assert.deepEqual([wrong.code, wrong.json<{ error: { name: string } }>()[0]?.error.name], [2, 'ModuleInputError'])
  })

  it('behavior: the owner of the network publishes a module by name; every member runs it, and none but the owner publishes', async () => {
    const published = await hand.dcn('relay', 'module', 'publish', './joined', '--json')
    assert.equal(published.code, 0, published.stdout + published.stderr)
    const versions = async (): Promise<string[]> => {
      const listed = await hand.dcn('creator', 'module', 'list', '--json')
      return (listed.json<{ name: string }[]>()[0] ?? []).map(({ name }) => name)
    }
    await eventually('the creator knows the module', async () => (await versions()).includes('joined'))
    const ran = await hand.dcn('creator', 'run', 'joined:1.0.0', '-i', 'Given=given.txt')
    assert.equal(ran.code, 0, ran.stderr)
    assert.match(ran.stdout, /yours and ours/)
    const refused = await hand.dcn('creator', 'module', 'publish', './joined', '--json')
    assert.deepEqual([refused.code, refused.json<{ error: { name: string } }>()[0]?.error.name], [2, 'NotOwnerError'])
  })

  it('behavior: dcn wallet show says that no chain is there', async () => {
    const shown = await hand.dcn('creator', 'wallet', 'show')
    assert.equal(shown.code, 0, shown.stderr)
    assert.match(shown.stdout, /no chain: nothing was moved/)
  })
})
