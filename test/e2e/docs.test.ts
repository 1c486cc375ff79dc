import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { prepareTypes } from '../../scripts/lib/prepare.ts'
import { docOf, readModel, referencePages } from '../../scripts/lib/types/reference.ts'
import { MODEL } from '../../scripts/lib/types/rollup.ts'
import { allBlocks, type Block, inlineCommands, pagesOf } from '../support/docs/blocks.ts'
import { checkCode, checkSolidity, runProgram } from '../support/docs/code.ts'
import { faultOf } from '../support/docs/commands.ts'
import { checkData } from '../support/docs/data.ts'
import { commandsOf, typedIn } from '../support/docs/shell.ts'
import { built } from './support/lab.ts'

const root = join(import.meta.dirname, '..', '..')
/** What each word after a fence means here. Anything else is a mistake. */
const LANGS = ['sh', 'console', 'ts', 'js', 'yaml', 'json', 'solidity', 'mermaid', 'text'] as const
/** Pictures and prose: nothing that somebody would type, run or import. */
const PROSE = new Set<string>(['mermaid', 'text'])

/** What a sentence can get wrong: it names a command without all that it needs, and with words for values. */
const NAMES = /unknown (command|option|program)|too many arguments|no script/

describe('code blocks of the documentation', function () {
  this.timeout(120_000)
  const all = allBlocks(root)
  const exempt = all.filter(block => block.exempt !== undefined)
  const checked = all.filter(block => block.exempt === undefined)
  const of = (...langs: (typeof LANGS)[number][]): Block[] =>
    checked.filter(block => langs.some(lang => lang === block.lang))
  const counts = { commands: 0, named: 0, types: 0, run: 0, data: [] as string[] }

  before(async function () {
    this.timeout(240_000)
    await built()
    await prepareTypes()
  })
  after(() => {
    const prose = checked.filter(block => PROSE.has(block.lang)).length
    const lines = [
      `${all.length} blocks: ${counts.commands} commands parsed (and ${counts.named} in running text), ${counts.types} programs type-checked, ${counts.run} of them run, ${counts.data.length} texts read (${counts.data.join('; ')}), ${prose} of prose, ${exempt.length} exempt`,
      ...exempt.map(block => `exempt: ${block.at}: ${block.exempt}`)
    ]
    process.stdout.write(lines.map(line => `    ${line}\n`).join(''))
  })

  it('default: every block says what it is', () => {
    const unknown = all.filter(block => !(LANGS as readonly string[]).includes(block.lang))
    assert.deepEqual(
      unknown.map(block => `${block.at} '${block.lang}'`),
      []
    )
  })

  it('default: a block in prose hides no command', () => {
    const hidden = of('text').filter(block => /^\s*(\$ )?(npx )?(dcn|dcn-node|npm) /m.test(block.text))
    assert.deepEqual(
      hidden.map(block => block.at),
      []
    )
  })

  it('default: shell is shell', () => {
    for (const { at, text } of of('sh')) {
      // <name> stands for something in a few of them
      const { status, stderr } = spawnSync('bash', ['-n'], {
        input: text.replace(/<[^<>\n]+>/g, 'X'),
        encoding: 'utf8'
      })
      assert.equal(status, 0, `${at}: ${stderr}`)
    }
  })

  it('default: every command, option and argument that is shown exists', async () => {
    const faults: string[] = []
    for (const { at, lang, text } of of('sh', 'console')) {
      for (const words of lang === 'sh' ? commandsOf(text) : typedIn(text)) {
        const fault = await faultOf(words)
        if (fault !== undefined) faults.push(`${at}: ${words.join(' ')}\n  ${fault}`)
        counts.commands++
      }
    }
    assert.deepEqual(faults, [])
    assert.ok(counts.commands > 50, String(counts.commands))
  })

  it('default: so does every one that running text names', async () => {
    const faults: string[] = []
    for (const page of pagesOf(root)) {
      for (const { at, command } of inlineCommands(page, readFileSync(join(root, page), 'utf8'))) {
        const [words = []] = commandsOf(command)
        const fault = await faultOf(words)
        if (fault !== undefined && NAMES.test(fault)) faults.push(`${at}: ${command}\n  ${fault}`)
        counts.named++
      }
    }
    assert.deepEqual(faults, [])
  })

  it('default: programs are right by the types of the package', () => {
    const programs = of('ts', 'js')
    assert.equal(checkCode(programs), '')
    assert.equal(checkSolidity(of('solidity')), '')
    counts.types += programs.length + of('solidity').length
  })

  it('default: programs that import the package and need no node run to their end', () => {
    const programs = of('js').filter(
      block => /from 'dcn-node'/.test(block.text) && !/findNode|startDaemon|createNode/.test(block.text)
    )
    for (const program of programs) assert.equal(runProgram(program), '')
    counts.run = programs.length
    assert.ok(counts.run > 0)
  })

  it('default: specifications, settings and answers fit their schemas', async () => {
    for (const { at, lang, text } of of('yaml', 'json')) {
      const kind = await checkData(text, lang).catch(error => assert.fail(`${at}: ${error}`))
      counts.data.push(kind)
    }
    assert.ok(counts.data.includes('job specification'))
  })

  it('default: everything that is exported is documented, and what is called has an example', () => {
    const items = readModel(MODEL)
    assert.ok(items.length > 40)
    assert.deepEqual(
      items.filter(item => docOf(item).summary === '').map(item => item.name),
      []
    )
    const functions = items.filter(item => item.kind === 'Function')
    assert.deepEqual(
      functions.filter(item => docOf(item).example === '').map(item => item.name),
      []
    )
    const client = items.find(item => item.name === 'NodeClient')
    assert.deepEqual(
      (client?.members ?? []).filter(item => docOf(item).summary === '').map(item => item.name),
      []
    )
  })

  it('default: the reference is what the sources say', () => {
    for (const [name, text] of Object.entries(referencePages(readModel(MODEL)))) {
      assert.equal(readFileSync(join(root, 'docs', 'reference', name), 'utf8'), text, 'run npm run docs')
    }
  })

  it('error: each check finds what it is for', async () => {
    for (const [line, expected] of [
      ['dcn job lst', /lst/],
      ['dcn job list --limitt 3', /--limitt/],
      ['dcn js run', /file|argument/i],
      ['npx dcn-node --rolle provider', /--rolle/],
      ['dcn-node --price-cpu-hour cheap', /cheap/],
      ['npm run nothing-of-this-name', /no script/],
      ['frobnicate --now', /unknown program/]
    ] as const) {
      const [words = []] = commandsOf(line)
      assert.match((await faultOf(words)) ?? 'no fault', expected, line)
    }
    const block = (lang: string, text: string): Block => ({ at: `x.md:${lang}`, page: 'x.md', lang, text })
    assert.match(checkCode([block('ts', "import { conect } from 'dcn-node'\nconect()")]), /conect/)
    assert.match(
      checkSolidity([block('solidity', 'pragma solidity ^0.8.0;\ncontract A { uint x = "text"; }')]),
      /uint256/
    )
    await assert.rejects(checkData('engine: { js: { source: x } }\ntimeout: 60', 'yaml'), { name: 'InvalidInputError' })
    await assert.rejects(checkData('roles: [cook]', 'yaml'), { name: 'InvalidInputError' })
  })
})
