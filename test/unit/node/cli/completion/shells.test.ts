import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dcn } from '../../../../../node/cli/program.ts'
import { memoryIo } from '../memory-io.ts'

type Complete = (words: string[], script: string, env: NodeJS.ProcessEnv, cwd: string) => ReturnType<typeof spawnSync>

const quoted = (words: readonly string[]): string => words.map(word => `'${word}'`).join(' ')

/** How each shell is asked what would be offered for a line, without a terminal. */
const SHELLS: Record<string, Complete> = {
  bash: (words, script, env, cwd) => {
    const ask = `COMP_WORDS=(${quoted(words)}); COMP_CWORD=${words.length - 1}; _dcn "\${COMP_WORDS[0]}"; printf '%s\\n' "\${COMPREPLY[@]}"`
    return spawnSync('bash', ['--norc', '-c', `source ${script}; ${ask}`], { env, cwd, encoding: 'utf8' })
  },
  zsh: (words, script, env, cwd) => {
    const stubs = `compdef() { }; compadd() { shift; print -l -- "$@" }; _files() { print -l -- *(N) }`
    const ask = `words=(${quoted(words)}); CURRENT=${words.length}; _dcn`
    return spawnSync('zsh', ['-f', '-c', `${stubs}; source ${script}; ${ask}`], { env, cwd, encoding: 'utf8' })
  },
  fish: (words, script, env, cwd) =>
    spawnSync('fish', ['--no-config', '-c', `source ${script}; complete -C '${words.join(' ')}'`], {
      env,
      cwd,
      encoding: 'utf8'
    })
}

describe('cli/completion: in real shells', () => {
  let dir: string
  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-complete-'))
    mkdirSync(join(dir, 'bin'))
    mkdirSync(join(dir, 'work'))
    writeFileSync(join(dir, 'work', 'spec.yaml'), '')
    // stands for a node with these jobs: what the hidden command prints has a test of its own
    writeFileSync(join(dir, 'bin', 'dcn'), '#!/bin/sh\n[ "$*" = "__complete jobs" ] && printf "scan\\nwords\\n"\n')
    chmodSync(join(dir, 'bin', 'dcn'), 0o755)
    for (const shell of Object.keys(SHELLS)) {
      const io = memoryIo()
      assert.equal(await dcn(['completion', shell], io), 0, io.err())
      writeFileSync(join(dir, shell), io.out())
    }
  })
  after(() => rmSync(dir, { recursive: true, force: true }))

  const cases: [title: string, words: string[], offered: string[], not: string[]][] = [
    ['commands', ['dcn', 'wal'], ['wallet'], ['__complete']],
    ['commands below commands', ['dcn', 'job', 'wa'], ['wait'], ['wallet']],
    ['options', ['dcn', 'job', 'list', '--st'], ['--state'], ['--watch']],
    ['values of an option', ['dcn', 'job', 'list', '--state', 'unm'], ['unmatched'], ['list']],
    ['values of an argument', ['dcn', 'completion', 'fi'], ['fish'], []],
    ['jobs', ['dcn', 'job', 'show', 'sc'], ['scan'], []],
    ['files', ['dcn', 'run', 'sp'], ['spec.yaml'], []],
    ['files after an option', ['dcn', 'job', 'list', '--token-file', 'sp'], ['spec.yaml'], ['scan']],
    ['the daemon', ['dcn-node', '--price-cpu'], ['--price-cpu-hour'], ['--state']]
  ]
  for (const [shell, ask] of Object.entries(SHELLS)) {
    describe(shell, () => {
      before(function () {
        if (spawnSync(shell, ['--version']).error !== undefined) {
          this.test?.parent?.tests.forEach(test => {
            test.title += ` (${shell} is not installed)`
          })
          this.skip()
        }
      })
      for (const [title, words, offered, not] of cases) {
        it(`default: ${title}`, () => {
          const env = { PATH: `${join(dir, 'bin')}:${process.env['PATH']}`, HOME: dir }
          const { stdout, stderr } = ask(words, join(dir, shell), env, join(dir, 'work'))
          const lines = String(stdout)
            .split('\n')
            .map(line => line.split('\t')[0])
          for (const word of offered) assert.ok(lines.includes(word), `${word} in ${stdout}${stderr}`)
          for (const word of not) assert.ok(!lines.includes(word), `${word} in ${stdout}`)
        })
      }
    })
  }
})
