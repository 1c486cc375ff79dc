import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { decode } from 'fast-png'
import { exampleEnv, exampleNames } from '../../scripts/example.ts'
import { built, temporaryDir } from './support/lab.ts'
import { skip } from './support/skip.ts'

const EXAMPLES = join(import.meta.dirname, '..', '..', 'docs', 'examples')

interface Ran {
  code: number | null
  output: string
}

// two-people is run by package.test.ts, as it comes out of the package
describe('examples', function () {
  this.timeout(120_000)
  let dir: string

  before(async () => {
    await built()
    dir = await temporaryDir()
  })
  after(async () => await rm(dir, { recursive: true, force: true }))

  /** The script that a person runs, with smaller numbers. */
  async function run(name: string, settings: NodeJS.ProcessEnv = {}): Promise<Ran & { work: string }> {
    const work = join(dir, name)
    const child = spawn(join(EXAMPLES, name, 'run.sh'), {
      env: { ...exampleEnv(work), ...settings },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += String(chunk)))
    const [code] = await once(child, 'close')
    return { code, output, work }
  }

  it('default: every example has a page and a row in the list', () => {
    const list = readFileSync(join(EXAMPLES, 'README.md'), 'utf8')
    assert.ok(exampleNames().length >= 4)
    for (const name of exampleNames()) {
      assert.ok(existsSync(join(EXAMPLES, name, 'README.md')), name)
      assert.ok(list.includes(`(${name}/README.md)`), name)
    }
  })

  it('default: monte-carlo gives a table, an estimate and a picture', async () => {
    const { code, output, work } = await run('monte-carlo', { JOBS: '3', POINTS: '40000' })
    assert.equal(code, 0, output)
    const [, estimate = ''] = /^π is (\d\.\d+) ± /m.exec(output) ?? []
    assert.ok(Math.abs(Number(estimate) - Math.PI) < 0.05, output)
    assert.equal(readdirSync(join(work, 'results')).length, 3)
    assert.match(readFileSync(join(work, 'pi.svg'), 'utf8'), /^<svg [\s\S]+π from 3 jobs[\s\S]+<\/svg>\n$/)
  })

  it('default: image-resize gives every picture back, as wide as asked for', async () => {
    const { code, output, work } = await run('image-resize', { WIDTH: '64' })
    assert.equal(code, 0, output)
    const made = join(work, 'result', 'outputs', 'outputs')
    assert.deepEqual(readdirSync(made).sort(), readdirSync(join(work, 'images')).sort())
    const rings = decode(readFileSync(join(made, 'rings.png')))
    assert.deepEqual([rings.width, rings.height], [64, 64])
    // a corner is transparent; in the middle of the fine rings is a mean of both colours, far from either
    assert.equal(rings.data[3], 0)
    const green = rings.data[(32 * 64 + 16) * 4 + 1] ?? 0
    assert.ok(green > 100 && green < 215, String(green))
  })

  it('default: csv-batch finds what three containers agree on', async function () {
    const { code, output, work } = await run('csv-batch')
    assert.equal(code, 0, output)
    const [, reason] = /^skipped: (.+)$/m.exec(output) ?? []
    if (reason !== undefined) return skip(this, reason)
    assert.match(output, /^note: replicas of a container agree only if/m)
    assert.match(output, /^agreement +([23]) equal of \1 results, 2 needed$/m)
    // the third may be stopped when two have agreed
    assert.ok((output.match(/^ok +files +outputs is /gm) ?? []).length >= 2, output)
    const totals = readFileSync(join(work, 'totals', 'outputs', 'outputs', 'totals.csv'), 'utf8')
    assert.deepEqual(totals.split('\n'), ['shop,sales,amount', ...sums(), ''])
  })
})

/** The same sums, over the same files, by other means. */
function sums(): string[] {
  const folder = join(EXAMPLES, 'csv-batch', 'sales')
  const totals = new Map<string, { sales: number; cents: number }>()
  for (const name of readdirSync(folder)) {
    for (const line of readFileSync(join(folder, name), 'utf8').trim().split('\n').slice(1)) {
      const [, shop = '', amount] = line.split(',')
      const { sales, cents } = totals.get(shop) ?? { sales: 0, cents: 0 }
      totals.set(shop, { sales: sales + 1, cents: cents + Math.round(Number(amount) * 100) })
    }
  }
  return [...totals].sort().map(([shop, { sales, cents }]) => `${shop},${sales},${(cents / 100).toFixed(2)}`)
}
