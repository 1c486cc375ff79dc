import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DAEMON } from '../../scripts/lib/local-network.ts'
import { dcn } from './support/cli.ts'
import { skip } from './support/skip.ts'
import { eventually } from './support/wait.ts'

/** A shell word, whatever is in it. */
const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

describe('first start', function () {
  this.timeout(120_000)
  let dir: string
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-first-'))
  })
  after(() => rmSync(dir, { recursive: true, force: true }))

  function needsTerminal(context: Mocha.Context): void {
    if (spawnSync('script', ['--version']).status !== 0) skip(context, 'no script(1) to make a terminal with')
  }

  /** `dcn-node` at a terminal of its own. */
  function atTerminal(args: readonly string[]) {
    // a shell that stays between would get the Ctrl-C too, and its end would be told instead of the node's
    const line = `exec ${[process.execPath, DAEMON, ...args].map(quoted).join(' ')}`
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('DCN_')))
    const child = spawn('script', ['--quiet', '--return', '--flush', '--command', line, '/dev/null'], { env })
    const kill = () => void child.kill('SIGKILL')
    process.once('exit', kill)
    let screen = ''
    let read = 0
    child.stdout.on('data', (chunk: Buffer) => {
      screen += chunk.toString()
    })
    const ended = once(child, 'close').then(([code]) => {
      process.off('exit', kill)
      return code as number | null
    })
    return {
      screen: () => screen,
      ended,
      kill,
      /** waits for a question that was not answered yet */
      async asked(question: RegExp): Promise<void> {
        await eventually(`${question} in ${screen.slice(read)}`, () => question.test(screen.slice(read)))
        read = screen.length
      },
      type: (text: string) => void child.stdin.write(text)
    }
  }

  it('default: questions, a summary, a file, a node that runs and says what it offers outside its hours', async function () {
    needsTerminal(this)
    const dataDir = join(dir, 'data')
    const later = DAYS[(new Date().getUTCDay() + 3) % 7]
    const hours = ['--schedule', `${later} 08:00-09:00`, '--time-zone', 'UTC']
    const rest = [
      '--listen',
      '/ip4/127.0.0.1/tcp/0',
      '--offer-gpu',
      'none',
      '--price-gpu-hour',
      '1',
      '--log-level',
      'debug'
    ]
    const node = atTerminal(['--data-dir', dataDir, '--metrics-listen', '127.0.0.1:0', ...hours, ...rest])
    try {
      const answers: [RegExp, string][] = [
        [/What this node does/, 'provder'],
        [/write provider[\s\S]*What this node does/, 'provider'],
        [/Network:/, 'create'],
        [/Name of the new network \[lab\]/, 'office'],
        [/Who may be in it/, 'listed'],
        [/RPC address/, ''],
        [/This host has[\s\S]*Engines/, 'js'],
        [/Cores/, '1'],
        [/Memory/, ''],
        [/Disk/, ''],
        [/Price of a job/, ''],
        [/core for an hour/, '0.5'],
        [/GiB of memory/, ''],
        [/New passphrase/, 'open sesame'],
        [/Again/, 'open sesame'],
        [/and start\? \[Y\/n\]: /, '']
      ]
      for (const [question, answer] of answers) {
        await node.asked(question)
        if (/and start/.test(question.source)) assert.ok(!existsSync(dataDir), 'nothing before the last answer')
        node.type(`${answer}\r`)
      }
      await node.asked(/\nready\r?\n/)
      const screen = node.screen()
      assert.match(screen, /^network +office\r?$/m)
      assert.match(screen, /^engines +js /m)
      assert.match(screen, /^prices +.*perCpuHour 0\.5/m)
      assert.match(screen, new RegExp(`^hours +${later} 08:00-09:00; closed until `, 'm'))
      assert.ok(!screen.includes('sesame'))
      const metrics = /^metrics +(http:\/\/127\.0\.0\.1:[1-9]\d*\/metrics)/m.exec(screen)?.[1]
      assert.match(await (await fetch(metrics ?? '')).text(), /^dcn_/m)
      assert.equal(statSync(join(dataDir, 'node.yaml')).mode & 0o777, 0o600)
      node.type('\u0003')
      assert.equal(await node.ended, 0, node.screen())
    } finally {
      node.kill()
    }
    const { stdout } = await dcn(['config', '--json'], { node: dataDir })
    const { values } = JSON.parse(stdout) as { values: { key: string; value: unknown; from: string }[] }
    const found = (key: string) => values.find(v => v.key === key)
    assert.deepEqual(found('membership'), {
      key: 'membership',
      value: 'listed',
      origin: 'file',
      from: `${join(dataDir, 'node.yaml')}: membership`
    })
    assert.equal(found('offer.cpu')?.value, 1000)
  })

  it('behavior: Ctrl-C at a question ends it, and leaves nothing', async function () {
    needsTerminal(this)
    const dataDir = join(dir, 'left')
    const node = atTerminal(['--data-dir', dataDir])
    try {
      await node.asked(/What this node does/)
      node.type('creator\r')
      await node.asked(/Network:/)
      node.type('\u0003')
      assert.equal(await node.ended, 130, node.screen())
      assert.match(node.screen(), /nothing was set up/)
      assert.ok(!existsSync(dataDir))
    } finally {
      node.kill()
    }
  })
})
