import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ModuleNameView, ModuleVersionView, PublishedView } from '../../node/http/views.ts'
import { commitFolder, type PackServer, packServer } from '../support/git/pack-server.ts'
import { dcn, type Ended } from './support/cli.ts'
import { Lab } from './support/lab.ts'

const yaml = (name: string, version: string): string => `name: ${name}
version: ${version}
description: Says something twice.
licence: MIT
inputs: { Word: { type: string } }
job:
  engine: { js: { file: main.mjs, args: ['{{ input.Word }}'] } }
  outputs: []
`
const MAIN = `export default ({ args, console }) => console.log(args[0] + ' ' + args[0])`

describe('modules by name and by git address', function () {
  this.timeout(180_000)
  let lab: Lab
  let server: PackServer | undefined
  const repositories = new Map<string, string>()

  before(async function () {
    this.timeout(240_000)
    server = await packServer(repositories)
    lab = await Lab.start([
      { name: 'worker', roles: ['provider'], flags: ['--engines', 'js'] },
      { name: 'author', roles: ['creator'] },
      { name: 'user', roles: ['creator'], flags: ['--git-host', server.host] }
    ])
    await lab.everybodyKnows(['worker'])
  })
  after(async () => {
    await server?.stop()
    await lab?.stop()
  })

  const as = (name: string, ...args: string[]): Promise<Ended> =>
    dcn([...args, '--json'], { node: lab.node(name).dataDir, cwd: lab.dir })
  const nameOfError = (ended: Ended): string | undefined =>
    ended.json<{ error?: { name: string } }>().at(-1)?.error?.name
  const printed = (ended: Ended): string =>
    ended
      .json<{ text?: string }>()
      .flatMap(line => line.text ?? [])
      .join('')
  function folder(name: string, version: string): string {
    const dir = join(lab.dir, `${name}-${version}`)
    mkdirSync(dir)
    writeFileSync(join(dir, 'module.yaml'), yaml(name, version))
    writeFileSync(join(dir, 'main.mjs'), MAIN)
    return dir
  }

  it('default: published by one node on the chain, found and run by another', async () => {
    const published = await as('author', 'module', 'publish', folder('twice', '1.0.0'))
    assert.equal(published.code, 0, published.stdout + published.stderr)
    const [view] = published.json<PublishedView>()
    assert.match(view?.transaction ?? '', /^0x[0-9a-f]{64}$/)
    const [found] = (await as('user', 'module', 'search', 'TWICE')).json<ModuleNameView[]>()
    assert.deepEqual(
      found?.map(({ name, newest }) => [name, newest.version, newest.cid, newest.licence]),
      [['twice', '1.0.0', view?.cid, 'MIT']]
    )
    const ran = await as('user', 'run', 'twice:v1.0.0', '-i', 'Word=moo')
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    assert.equal(printed(ran), 'moo moo\n')
  })

  it('behavior: names belong to who was first, versions stay, a yanked one runs only when it is named', async () => {
    const second = folder('twice', '1.1.0')
    const taken = await as('user', 'module', 'publish', second)
    assert.deepEqual([taken.code === 0, nameOfError(taken)], [false, 'NotNameOwnerError'])
    assert.equal((await as('author', 'module', 'publish', second)).code, 0)
    assert.equal(nameOfError(await as('author', 'module', 'publish', second)), 'VersionExistsError')
    assert.equal((await as('author', 'module', 'yank', 'twice:1.1.0')).code, 0)
    const [versions] = (await as('user', 'module', 'list', 'twice')).json<ModuleVersionView[]>()
    assert.deepEqual(
      versions?.map(({ version, yanked }) => [version, yanked]),
      [
        ['1.1.0', true],
        ['1.0.0', false]
      ]
    )
    const shown = await as('user', 'module', 'show', 'twice')
    assert.equal(shown.json<{ version: string }>()[0]?.version, '1.0.0')
    assert.equal((await as('user', 'module', 'show', 'twice:1.1.0')).code, 0)
    const unknown = await as('user', 'run', 'twice:9.9.9')
    assert.deepEqual([unknown.code, nameOfError(unknown)], [2, 'ModuleNotFoundError'])
  })

  it('error: a name of this package, another name than that of module.yaml', async () => {
    assert.equal(nameOfError(await as('author', 'module', 'publish', 'cowsay')), 'NotNameOwnerError')
    const other = await as('author', 'module', 'publish', folder('once', '1.0.0'), '--name', 'thrice')
    assert.equal(nameOfError(other), 'InvalidModuleError')
  })

  it('behavior: a module of a git repository runs, pinned to its commit', async () => {
    const repo = folder('git', '1.0.0')
    const commit = await commitFolder(repo, ['module.yaml', 'main.mjs'])
    repositories.set('twice.git', repo)
    const url = `http://${server?.host}/twice.git#main`
    const looked = await as('user', 'module', 'show', url)
    assert.equal(looked.code, 0, looked.stdout + looked.stderr)
    const [shown] = looked.json<{ commit: string; cid: string }>()
    assert.equal(shown?.commit, commit)
    const ran = await as('user', 'run', url, '-i', 'Word=hi')
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    assert.equal(printed(ran), 'hi hi\n')
    // by the CID that the deal names, from a node that never saw the repository
    const same = await as('author', 'module', 'show', `ipfs://${shown?.cid}`)
    assert.equal(same.json<{ cid: string }>()[0]?.cid, shown?.cid)
    assert.equal(nameOfError(await as('author', 'module', 'show', url)), 'GitRefusedError')
  })
})
