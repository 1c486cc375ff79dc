import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { CID } from 'multiformats/cid'
import { cidOfFiles } from '../../../../../node/modules/cid.ts'
import { readFolder } from '../../../../../node/modules/folder.ts'
import { checkPack } from '../../../../../node/modules/git/check-pack.ts'
import { gitModules } from '../../../../../node/modules/git/index.ts'
import { GIT_LIMITS } from '../../../../../node/modules/git/limits.ts'
import { resolveModule } from '../../../../../node/modules/resolve.ts'
import type { UserError } from '../../../../../protocols/common/errors.ts'
import type { ModuleFiles } from '../../../../../protocols/modules/files.ts'
import { type GitServer, git, gitServer, httpBackend } from '../../../../support/git/server.ts'

const YAML = 'name: a\nversion: 1.0.0\njob: { engine: { noop: {} } }\n'

/** A content store and a journal in memory: what the source does with them is what is looked at. */
function keeping() {
  const stored = new Map<string, ModuleFiles>()
  const values = new Map<string, unknown>()
  const pins = new Set<string>()
  const storage = {
    async importPath(path: string) {
      const files = await readFolder(path)
      const cid = await cidOfFiles(files)
      stored.set(cid, files)
      return { cid: CID.parse(cid), sizeBytes: 0, files: files.size }
    },
    async exportPath(cid: CID, path: string) {
      const files = stored.get(String(cid))
      if (files === undefined) throw new Error('not here')
      for (const [name, bytes] of files) {
        mkdirSync(join(path, name, '..'), { recursive: true })
        writeFileSync(join(path, name), bytes)
      }
      return { sizeBytes: 0, files: files.size }
    },
    pin: async (_cid: CID, owner: string) => void pins.add(owner),
    unpinAll: async (owner: string) => void pins.delete(owner)
  }
  const journal = {
    getValue: <T>(key: string) => values.get(key) as T | undefined,
    setValue: (key: string, value: unknown) => void values.set(key, value)
  }
  return { storage, journal, stored, pins }
}

const named =
  (name: string, pattern = /./) =>
  (error: Error) => {
    assert.equal(error.name, name, error.stack)
    assert.match(error.message, pattern)
    return true
  }

describe('modules of git repositories', () => {
  const backend = httpBackend()
  let server: GitServer
  let kept: ReturnType<typeof keeping>
  let repo: string

  before(async function () {
    if (backend === undefined) {
      process.stderr.write('    skipped: git of this machine has no git-http-backend\n')
      return this.skip()
    }
    server = await gitServer(backend)
    repo = join(server.root, 'cow')
    mkdirSync(join(repo, 'data'), { recursive: true })
    git(repo, ['init', '-q', '-b', 'main'])
    git(repo, ['config', 'uploadpack.allowAnySHA1InWant', 'true'])
    writeFileSync(join(repo, 'module.yaml'), YAML)
    writeFileSync(join(repo, 'data', 'words.txt'), 'moo\n')
    git(repo, ['add', '.'])
    git(repo, ['commit', '-qm', 'one'])
    git(repo, ['tag', '-am', 'v1', 'v1.0.0'])
  })
  after(() => server?.stop())
  beforeEach(() => {
    kept = keeping()
    server.intercept = () => false
    server.asked.length = 0
  })

  const url = (path = 'cow') => `http://${server.host}/${path}`
  const source = (privateHosts = [server.host]) => gitModules({ privateHosts }, kept)
  const resolve = (text: string, from = source()) => resolveModule(text, [from])
  const head = () => git(repo, ['rev-parse', 'HEAD'])
  /** commits a tree of any entries on a branch; gives the branch's name */
  const commitTree = (
    name: string,
    entries: readonly (readonly [mode: string, path: string, oid: string])[]
  ): string => {
    const bytes = Buffer.concat(
      entries.map(([mode, path, oid]) => Buffer.concat([Buffer.from(`${mode} ${path}\0`), Buffer.from(oid, 'hex')]))
    )
    const tree = git(repo, ['hash-object', '-t', 'tree', '-w', '--literally', '--stdin'], bytes)
    git(repo, ['branch', '-f', name, git(repo, ['commit-tree', tree, '-m', name])])
    return name
  }
  const blob = (text: string) => git(repo, ['hash-object', '-w', '--stdin'], text)

  it('default: one commit of a tag, pinned to the commit and to the content', async () => {
    const { files, pinned, name } = await resolve(`${url()}#v1.0.0`)
    assert.deepEqual([...files.keys()], ['data/words.txt', 'module.yaml'])
    assert.equal(Buffer.from(files.get('module.yaml') ?? []).toString(), YAML)
    assert.deepEqual(pinned, { cid: await cidOfFiles(await readFolder(repo)), commit: head() })
    assert.equal(name, `${url()}#v1.0.0`)
    assert.ok(kept.stored.has(pinned.cid))
    assert.equal(kept.pins.size, 1)
  })

  it('args: HEAD, a branch, a full hash', async () => {
    for (const ref of ['', '#main', `#${head()}`]) assert.equal((await resolve(url() + ref)).pinned.commit, head())
  })

  it('behavior: a commit is fetched once; a branch answers from here while its server is away', async () => {
    const from = source()
    const { pinned } = await resolve(`${url()}#main`, from)
    server.asked.length = 0
    assert.deepEqual((await resolve(`${url()}#${pinned.commit}`, from)).pinned, pinned)
    assert.deepEqual(server.asked, [])
    server.intercept = request => {
      request.socket.destroy()
      return true
    }
    assert.deepEqual((await resolve(`${url()}#main`, from)).pinned, pinned)
    await assert.rejects(resolve(`${url()}#other`, from), named('GitUnreachableError'))
  })

  it('behavior: hooks of the repository and of this machine never run, and nothing is checked out', async () => {
    const trace = join(server.root, 'ran')
    for (const hook of ['post-checkout', 'post-merge', 'reference-transaction']) {
      const path = join(repo, '.git', 'hooks', hook)
      writeFileSync(path, `#!/bin/sh\ntouch ${trace}\n`, { mode: 0o755 })
    }
    await resolve(`${url()}#v1.0.0`)
    assert.ok(!existsSync(trace))
  })

  it('error: links, submodules, names that lead out of the module, folders without end', async () => {
    const file = ['100644', 'module.yaml', blob(YAML)] as const
    const empty = git(repo, ['hash-object', '-t', 'tree', '-w', '--stdin'], '')
    const cases = [
      ['link', ['120000', 'words', blob('/etc/passwd')], /words is a symbolic link/],
      ['sub', ['160000', 'lib', head()], /lib is a submodule/],
      ['up', ['40000', '..', empty], /"\.\."/],
      ['slash', ['100644', '../../x', blob('x')], /slash|\.\./],
      ['dot', ['100644', '.', blob('x')], /"\."/]
    ] as const
    for (const [name, entry, pattern] of cases) {
      await assert.rejects(resolve(`${url()}#${commitTree(name, [file, entry])}`), named('InvalidModuleError', pattern))
    }
    assert.equal(kept.stored.size, 0)
  })

  it('error: no such ref, no such repository, no repository at all', async () => {
    await assert.rejects(resolve(`${url()}#v9`), named('ModuleNotFoundError', /no such ref/))
    await assert.rejects(resolve(url('none')), named('ModuleNotFoundError', /404/))
    server.intercept = (_, response) => {
      response.end('<html>hello')
      return true
    }
    await assert.rejects(resolve(url()), (error: UserError) => {
      assert.match(error.remedy ?? '', /smart HTTP/)
      return named('InvalidModuleError')(error)
    })
  })

  it('error: addresses that are not public unless the owner names them, plain HTTP, credentials', async () => {
    const elsewhere = source([])
    await assert.rejects(resolve(url(), elsewhere), named('GitRefusedError', /http:/))
    for (const host of ['127.0.0.1', '[::1]', '169.254.169.254', '10.0.0.1', 'localhost']) {
      const name = { kind: 'git', url: `https://${host}/cow`, ref: undefined } as const
      await assert.rejects(elsewhere.resolve(name), named('GitRefusedError', /public internet/))
    }
    const secret = { kind: 'git', url: `http://me:secret@${server.host}/cow`, ref: undefined } as const
    await assert.rejects(source().resolve(secret), named('GitRefusedError', /credentials/))
    assert.deepEqual(server.asked, [])
  })

  it('behavior: a repository that moved; error: a redirect elsewhere, or without end', async () => {
    const to = (location: (url: string) => string) => {
      server.intercept = (request, response) => {
        const { url: asked = '' } = request
        if (!asked.startsWith('/old')) return false
        response.writeHead(302, { location: location(asked) }).end()
        return true
      }
    }
    to(asked => asked.replace('/old', '/cow'))
    assert.equal((await resolve(url('old'))).pinned.commit, head())
    to(asked => `http://127.0.0.1:1${asked}`)
    await assert.rejects(resolve(url('old')), named('GitRefusedError', /http:/))
    to(() => '/hello')
    await assert.rejects(resolve(url('old')), named('GitRefusedError', /something else/))
    to(asked => asked)
    await assert.rejects(resolve(url('old')), named('GitRefusedError', /redirects/))
  })

  it('error: a server that sends without end is cut off', async () => {
    server.intercept = (request, response) => {
      if (request.method === 'GET') return false
      // a packet of the side band that brings the pack
      const part = Buffer.concat([Buffer.from('fff0\u0001'), Buffer.alloc(0xfff0 - 5)])
      response.write('0008NAK\n')
      const send = (): void => {
        while (!response.destroyed && response.write(part)) {}
      }
      response.on('drain', send)
      send()
      return true
    }
    await assert.rejects(resolve(url()), named('TooLargeError'))
  })
})

describe('packs of git', () => {
  const head = (count: number): Buffer => {
    const bytes = Buffer.alloc(12)
    bytes.write('PACK')
    bytes.writeUInt32BE(2, 4)
    bytes.writeUInt32BE(count, 8)
    return bytes
  }
  const varint = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)])
  const object = (type: number, content: Uint8Array, size = content.byteLength, base: number[] = []): Buffer => {
    const more = size >> 4
    const first = (type << 4) | (size & 15)
    const sizes = more === 0 ? [first] : [first | 0x80, ...varint(more)]
    return Buffer.concat([Buffer.from([...sizes, ...base]), deflateSync(content)])
  }
  const pack = (...objects: Buffer[]) => Buffer.concat([head(objects.length), ...objects, Buffer.alloc(20)])
  const refused = (bytes: Uint8Array, pattern: RegExp) =>
    assert.throws(() => checkPack(bytes), named('InvalidModuleError', pattern))

  it('default: files and deltas', () => {
    const first = object(3, Buffer.from('hello'))
    checkPack(pack(first, object(6, Buffer.from([5, 5, 0x90, 5]), 4, [first.byteLength])))
  })

  it('error: more than it says, an object or all of them too large, a delta that makes much of little', () => {
    refused(pack(object(3, Buffer.alloc(1_000_000), 10)), /no pack/)
    refused(pack(object(3, Buffer.alloc(1), GIT_LIMITS.objectBytes + 1)), /bytes of an object/)
    const large = object(3, Buffer.alloc(GIT_LIMITS.objectBytes))
    refused(pack(...Array.from({ length: 9 }, () => large)), /unpacked bytes/)
    const first = object(3, Buffer.from('hello'))
    const bomb = Buffer.from([5, ...varint(GIT_LIMITS.objectBytes + 1), 0x90, 5])
    refused(pack(first, object(6, bomb, bomb.byteLength, [first.byteLength])), /bytes of an object/)
  })

  it('error: too many objects, chains that are too long, no pack, one cut off', () => {
    const many = pack()
    many.writeUInt32BE(GIT_LIMITS.objects + 1, 8)
    refused(many, /objects/)
    const first = object(3, Buffer.from('hello'))
    const delta = Buffer.from([5, 5, 0x90, 5])
    const small = object(6, delta, 4, [first.byteLength])
    const chain = [first, small]
    for (let i = 0; i <= GIT_LIMITS.deltaDepth; i++) chain.push(object(6, delta, 4, [small.byteLength]))
    refused(pack(...chain), /depth/)
    refused(Buffer.from('hello'), /no pack/)
    refused(pack(object(3, randomBytes(1000))).subarray(0, 500), /no pack/)
  })
})
