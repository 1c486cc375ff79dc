import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { checkJobFile, readJobFile, resolveLocal } from '../../../../node/cli/job-file.ts'
import { readProgram } from '../../../../node/cli/js-program.ts'
import { JOB_LIMITS } from '../../../../protocols/job/schema.ts'

const CID = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'

describe('cli/js-program', () => {
  let dir: string

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-program-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  function write(files: Record<string, string>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, name)), { recursive: true })
      writeFileSync(join(dir, name), text)
    }
  }
  const read = (name: string) => readProgram(join(dir, name))
  /** what the default export gives, with nothing to import from */
  async function run(program: string): Promise<unknown> {
    assert.doesNotMatch(program, /^import /m)
    const url = `data:text/javascript;base64,${Buffer.from(program).toString('base64')}`
    const { default: entry } = (await import(url)) as { default: () => unknown }
    return entry()
  }

  it('default: a module that imports nothing stays as it is', async () => {
    const text = `// import x from 'y' stays a comment\nexport   default () => 'import me'\n`
    write({ 'a.mjs': `export default () => 1 // kept\n`, 'b.mjs': text })
    assert.equal(await read('a.mjs'), `export default () => 1 // kept\n`)
    assert.equal(await run(await read('b.mjs')), 'import me')
  })

  it('behavior: files beside it, JSON, TypeScript and packages become one module', async () => {
    write({
      'main.mjs': `import { twice } from './lib/twice.ts'\nimport data from './data.json'\nimport word from 'word'\nexport default () => [twice(data.n), word]\n`,
      'lib/twice.ts': `import { two } from './two.js'\nexport const twice = (n: number): number => two * n\n`,
      'lib/two.js': 'export const two = 2\n',
      'data.json': '{"n": 21}',
      'node_modules/word/package.json': '{"name":"word","type":"module","exports":"./index.js"}',
      'node_modules/word/index.js': `export default 'found'\n`
    })
    const program = await read('main.mjs')
    assert.deepEqual(await run(program), [42, 'found'])
    assert.equal(program, await read('main.mjs'))
    assert.ok(!program.includes(dir), 'a path of this machine would make the same program another one elsewhere')
  })

  it('behavior: re-exports, and the export that is called by another name', async () => {
    write({
      'main.mjs': `export { default, other } from './in.mjs'`,
      'in.mjs': 'export default () => 1\nexport const other = () => 2'
    })
    const program = await read('main.mjs')
    assert.equal(await run(program), 1)
    assert.match(program, /other/)
  })

  it('behavior: an import in an expression is bundled wherever it stands', async () => {
    const spots = ["await (import('./in.mjs'))", "(await[import('./in.mjs')][0])", 'await(x=>x)(import("./in.mjs"))']
    write({ 'in.mjs': 'export const word = "found"' })
    for (const spot of spots) {
      write({ 'main.mjs': `export default async () => (${spot}).word` })
      assert.equal(await run(await read('main.mjs')), 'found', spot)
    }
  })

  const BAD: [string, Record<string, string>, RegExp][] = [
    [
      'a module that is not there',
      { 'main.mjs': `import './none.mjs'` },
      /main\.mjs:1:\d+: Could not resolve "\.\/none\.mjs"/
    ],
    [
      "Node's own modules",
      { 'main.mjs': `import fs from 'node:fs'\nexport default () => fs` },
      /main\.mjs:1:\d+: Could not resolve/
    ],
    ['a syntax error in what is imported', { 'main.mjs': `import './x.mjs'`, 'x.mjs': 'let = = 1' }, /x\.mjs:1:\d+/],
    [
      'a syntax error in a module that imports nothing',
      { 'main.mjs': 'export default () => { let a = ; }' },
      /main\.mjs:1:\d+/
    ],
    ['a file that is not there', {}, /cannot read/]
  ]
  for (const [what, files, said] of BAD) {
    it(`error: ${what}`, async () => {
      write(files)
      await assert.rejects(read('main.mjs'), (error: Error & { remedy?: string }) => {
        assert.equal(error.name, 'InvalidInputError')
        assert.match(error.message, said)
        return typeof error.remedy === 'string'
      })
    })
  }

  it('error: more than the engine takes', async () => {
    write({ 'big.mjs': `export default () => '${'x'.repeat(4 * 1024 * 1024)}'` })
    await assert.rejects(read('big.mjs'), { name: 'TooLargeError' })
    const half = `export const half = '${'x'.repeat(2.5 * 1024 * 1024)}'`
    write({
      'a.mjs': half,
      'b.mjs': half,
      'sum.mjs': `import * as a from './a.mjs'\nimport * as b from './b.mjs'\nexport default () => [a, b]`
    })
    await assert.rejects(read('sum.mjs'), { name: 'TooLargeError' })
  })

  it('behavior: a program that the specification cannot hold travels by CID', async () => {
    const long = `export default () => '${'x'.repeat(JOB_LIMITS.sourceChars)}'`
    write({ 'main.mjs': `import './long.mjs'\nexport { default } from './long.mjs'`, 'long.mjs': long })
    write({ 'job.yaml': 'engine: { js: { local: main.mjs } }\n' })
    const file = await readJobFile(join(dir, 'job.yaml'))
    await checkJobFile(file)
    const sent: string[] = []
    const text = async (program: string) => {
      sent.push(program)
      return CID
    }
    const resolved = await resolveLocal(file, { text, path: async () => CID })
    assert.deepEqual(resolved['engine'], { js: { source: CID } })
    assert.equal(String(await run(sent[0] ?? '')).length, JOB_LIMITS.sourceChars)
  })
})
