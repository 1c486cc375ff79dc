import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobView } from '../../node/http/views.ts'
import type { Ended } from './support/cli.ts'
import { Internet } from './support/internet.ts'
import { NatLab } from './support/nat-lab.ts'
import { skip } from './support/skip.ts'
import { eventually } from './support/wait.ts'

/** Copies its input, and counts as many millions as it is told: a sandbox waits for no timer. */
const MODULE = `export default ({ inputs, outputs, args, console }) => {
  console.log('began')
  let sum = 0
  for (let i = 0; i < Number(args[0]) * 1e6; i++) sum = (sum * 31 + i) | 0
  outputs.write('/outputs/sum', String(sum))
  outputs.write('/outputs/copy', inputs.read('/inputs/data'))
}
`
/** More than the 128 KiB that a relay gives to strangers. */
const DATA = Buffer.alloc(300_000, 'some data ')

describe('behind routers', function () {
  this.timeout(180_000)
  let lab: NatLab

  before(async function () {
    const missing = Internet.missing()
    if (missing !== undefined) skip(this, missing)
    lab = await NatLab.start()
    await writeFile(join(lab.dir, 'copy.mjs'), MODULE)
    await writeFile(join(lab.dir, 'data'), DATA)
    await Promise.all([
      lab.home('provider', 'steady', ['--role', 'provider', '--engines', 'js']),
      lab.home('creator', 'steady', ['--role', 'creator']),
      lab.home('hidden', 'changing', ['--role', 'creator'])
    ])
  })
  after(async () => await lab?.stop())

  const args = (name: string, millions = 0) =>
    [
      'js',
      'run',
      'copy.mjs',
      '--input',
      'data',
      '--out',
      name,
      '--name',
      name,
      '--json',
      '--',
      String(millions)
    ] as const
  const isDone = (ran: Ended, name: string): void => {
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    assert.equal((ran.json().at(-1) as unknown as { job: JobView }).job.state, 'done')
    assert.deepEqual(readFileSync(join(lab.dir, name, 'outputs', 'outputs', 'copy')), DATA)
    assert.equal(readFileSync(join(lab.dir, name, 'stdout'), 'utf8'), 'began\n')
  }

  it('default: two hosts, each behind a router, run a job over a hole punched into both', async () => {
    isDone(await lab.dcn('creator', ...args('first')), 'first')
    await eventually('they are connected directly', async () => (await lab.path('creator', 'provider')) === 'direct')
    const { reach, addrs } = await lab.reaches('provider', 'relayed')
    assert.match(reach.what, /^behind a NAT, seen as 11\.0\.0\.\d+: hole punching works, else relayed through /)
    assert.ok(addrs.some(a => a.endsWith(`/p2p/${lab.peer('relay')}/p2p-circuit/p2p/${lab.peer('provider')}`)))
    const doctor = await lab.dcn('provider', 'doctor')
    assert.match(doctor.stdout, /^ok {3}behind a NAT/m)
    const [, relay] = await Promise.all([lab.dcn('creator', 'peers'), lab.peers('creator')])
    assert.deepEqual(relay.find(p => p.id === lab.peer('relay'))?.roles, ['relay'])
  })

  it('behavior: in one room multicast DNS finds the members, and no other network', async () => {
    const creator = ['--role', 'creator'] as const
    await Promise.all(['first', 'stranger'].map(name => lab.inRoom(name, [...creator, '--init', 'room'])))
    // the document names no address, and no invite was used
    await lab.inRoom('second', [...creator, '--network', join('first', 'network.json')])
    await eventually('they have found each other', async () => (await lab.path('second', 'first')) === 'direct')
    assert.deepEqual(
      (await lab.peers('first')).map(p => p.id),
      [lab.peer('second')]
    )
    assert.deepEqual(await lab.peers('stranger'), [])
    await Promise.all(['second', 'first', 'stranger'].map(name => lab.end(name, 'SIGINT')))
  })

  it('behavior: a router that forbids it: everything goes through the relay', async () => {
    isDone(await lab.dcn('hidden', ...args('relayed')), 'relayed')
    assert.equal(await lab.path('hidden', 'provider'), 'relayed')
    assert.ok(((await lab.info('relay')).reach.relaying?.circuits ?? 0) > 0)
  })

  it('behavior: the relay dies during a job: it goes on where the connection is direct', async () => {
    const job = lab.startDcn('creator', ...args('orphan', 50))
    await job.says(/"text":"began/)
    await lab.end('relay', 'SIGKILL')
    isDone(await job.ended, 'orphan')
    assert.equal(await lab.path('creator', 'provider'), 'direct')
  })

  it('behavior: the relay comes back: places are taken again and the hidden host is served', async () => {
    await lab.relay()
    await eventually('the provider has a place again', async () => {
      const { reach } = await lab.info('provider')
      return reach.relays.includes(lab.peer('relay'))
    })
    isDone(await lab.dcn('hidden', ...args('again')), 'again')
  })
})
