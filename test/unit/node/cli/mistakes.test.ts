import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { pathsOf } from '../../../../node/cli/command-tree.ts'
import { COMMANDS } from '../../../../node/cli/commands/table.ts'
import { JSON_ERROR } from '../../../../node/cli/json-output.ts'
import { clientProgram, dcn } from '../../../../node/cli/program.ts'
import { type ApiServer, apiServer } from '../../../../node/http/server.ts'
import { type MemoryApi, memoryApi } from '../http/memory-api.ts'
import { type MemoryIo, memoryIo } from './memory-io.ts'
import { GIVEN, MISTAKES } from './mistakes.ts'

interface Told {
  exit: number
  name?: string
  says?: RegExp
}

const shortened = (word: string): string => (word.length > 100 ? `${word.slice(0, 12)}… (${word.length})` : word)

/** What is not an error of the network there: they look at the data directory, or need no node for what they are given. */
const WITHOUT_NODE: Readonly<Record<string, Told | 'works'>> = {
  'module show': 'works',
  'module lint': 'works',
  doctor: 'works',
  'network show': { exit: 2, name: 'NoNetworkError' },
  'network invite': { exit: 2, name: 'NoNetworkError' },
  'network members list': { exit: 2, name: 'NoNetworkError' },
  'network members add': { exit: 2, name: 'NoNetworkError' },
  'network members revoke': { exit: 2, name: 'NoNetworkError' },
  'network members remove': { exit: 2, name: 'NoNetworkError' }
}

describe('cli: what every command says to a mistake', () => {
  const paths = pathsOf(COMMANDS)
  const commands = new Map<string, Command>()
  let dir: string
  let api: MemoryApi
  let server: ApiServer

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-mistakes-'))
    mkdirSync(join(dir, 'empty'))
    mkdirSync(join(dir, 'work', 'full'), { recursive: true })
    const files: Record<string, string | Uint8Array> = {
      'ok.mjs': 'export default x => x\n',
      'ok.yaml': 'engine: { js: { source: "1" } }\n',
      'bad.yaml': 'engine: [\n',
      'empty.yaml': '',
      'list.yaml': '- 1\n',
      'unknown.yaml': 'engin: { js: { source: "1" } }\n',
      'syntax.mjs': 'export default (\n',
      'latin1.yaml': Buffer.from([0x6e, 0x3a, 0x20, 0xff, 0xfe, 0x0a]),
      'ok.ndjson': '1\n',
      'bad.ndjson': '1\n{\n',
      'text.bin': 'text',
      'ok.wasm': Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]),
      'full/there': 'x'
    }
    for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, 'work', name), content)
    api = memoryApi()
    server = apiServer({ dataDir: join(dir, 'data') })({ api })
    await server.start()
    for (const name of ['words', 'others']) await api.submit({ spec: { engine: { js: { source: '1' } } }, name })
    const program = await clientProgram('all', memoryIo(), async () => undefined)
    for (const path of paths) {
      let command: Command | undefined = program
      for (const word of path) command = command?.commands.find(c => c.name() === word)
      assert.ok(command)
      commands.set(path.join(' '), command)
    }
  })
  after(async () => {
    await server.stop()
    api.hub.close()
    rmSync(dir, { recursive: true, force: true })
  })

  async function run(words: readonly string[], env: NodeJS.ProcessEnv): Promise<{ io: MemoryIo; code: number }> {
    const io = memoryIo({ env: { DCN_DATA_DIR: join(dir, 'data'), ...env }, cwd: join(dir, 'work') })
    io.stdin.push(null)
    return { io, code: await dcn(words, io) }
  }

  /** The same for a person and for a program: the code, one error with what to do, and nothing of the inside. */
  async function told(
    path: readonly string[],
    rest: readonly string[],
    wanted: Told,
    env: NodeJS.ProcessEnv = {}
  ): Promise<void> {
    const words = [...path, ...rest]
    const title = `dcn ${words.map(shortened).join(' ')}`
    const { io, code } = await run(words, env)
    assert.equal(code, wanted.exit, `${title}: ${io.err()}`)
    assert.match(io.err(), /^error: .+\n.+\n/m, `${title}: ${io.err()}`)
    assert.doesNotMatch(io.err(), /^\s+at .+:\d+|internal error|\\x0a/m, title)
    assert.ok(io.err().length < 2_000, `${title}: ${io.err().length} characters`)
    if (wanted.says !== undefined) assert.match(io.err(), wanted.says, `${title}: ${io.err()}`)
    const scripted = await run([...path, '--json', ...rest], env)
    const lines = scripted.io.lines()
    assert.equal(lines.length, 1, `${title}: one object, not ${scripted.io.out()}`)
    const { error } = JSON_ERROR.parse(lines[0])
    assert.equal(scripted.code, wanted.exit, title)
    assert.ok(error.remedy !== undefined && error.remedy !== '', `${title}: no remedy beside "${error.message}"`)
    if (wanted.name !== undefined) assert.equal(error.name, wanted.name, title)
  }

  const commandOf = (name: string): Command => {
    const command = commands.get(name)
    assert.ok(command)
    return command
  }

  it('behavior: the tables name commands that are there', () => {
    for (const name of [...Object.keys(GIVEN), ...Object.keys(MISTAKES)]) assert.ok(commands.has(name), name)
  })

  /** What is not in the table is given a word for everything it asks for: enough to be refused for something else. */
  const wordsOf = (name: string): string[] => {
    const { options, registeredArguments } = commandOf(name)
    const asked = options.filter(option => option.mandatory).flatMap(({ long }) => (long ? [long, 'x'] : []))
    return GIVEN[name]?.split(' ') ?? [...registeredArguments.filter(a => a.required).map(() => 'x'), ...asked]
  }

  for (const path of paths) {
    const name = path.join(' ')

    it(`error: dcn ${name}: arguments and options`, async () => {
      const command = commandOf(name)
      const given = wordsOf(name)
      const usage = { exit: 2, name: 'InvalidInputError' }
      if (command.registeredArguments.some(argument => argument.required)) {
        await told(path, [], { ...usage, says: /missing required argument|required option/ })
      }
      if (!command.registeredArguments.some(argument => argument.variadic)) {
        const many = [...given, ...command.registeredArguments.map(() => 'more'), 'more']
        await told(path, many, { ...usage, says: /too many arguments|unknown command/ })
      }
      for (const { long, required, hidden } of command.options) {
        if (long === undefined || long === '--json' || hidden) continue
        // the last letter but one is missing
        await told(path, [...given, `${long.slice(0, -2)}${long.slice(-1)}`], { ...usage, says: /Did you mean/ })
        if (required) await told(path, [...given, long], { ...usage, says: /argument missing/ })
      }
    })

    it(`error: dcn ${name}: its node`, async () => {
      if (!commandOf(name).options.some(option => option.long === '--node')) return
      const given = wordsOf(name)
      if (given.length > 0 && GIVEN[name] === undefined) return
      const withoutNode = WITHOUT_NODE[name] ?? { exit: 4, name: 'NodeUnreachableError' }
      if (withoutNode === 'works') return
      const url = server.url ?? ''
      await told(path, given, withoutNode, { DCN_DATA_DIR: join(dir, 'empty') })
      await told(path, given, { exit: 2, name: 'UnauthorizedError' }, { DCN_NODE: url, DCN_TOKEN: 'wrong' })
      await told(
        path,
        ['--token-file', 'none', ...given],
        { exit: 2, says: /cannot read the token/ },
        { DCN_NODE: url }
      )
      await told(path, ['--node', 'ftp://x', ...given], { exit: 2, says: /--node/ })
    })
  }

  for (const [name, rows] of Object.entries(MISTAKES)) {
    for (const [rest, wanted] of rows) {
      const words = typeof rest === 'string' ? rest.split(' ').filter(word => word !== '') : rest
      it(`error: dcn ${name} ${words.map(shortened).join(' ')}`, async () => {
        await told(name.split(' '), words, { exit: 2, ...wanted })
      })
    }
  }

  it('error: a command that is not there', async () => {
    const usage = { exit: 2, name: 'InvalidInputError' }
    await told([], ['jb'], { ...usage, says: /Did you mean/ })
    await told(['job'], ['lst'], { ...usage, says: /Did you mean/ })
    await told(['network', 'members'], ['ad'], { ...usage, says: /Did you mean/ })
    await told([], ['zzzzzz'], usage)
  })
})
