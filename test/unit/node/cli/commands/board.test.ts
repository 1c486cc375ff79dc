import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { JSON_OUTPUT } from '../../../../../node/cli/json-output.ts'
import { dcn } from '../../../../../node/cli/program.ts'
import { type ApiServer, apiServer } from '../../../../../node/http/server.ts'
import type { BoardRequestView } from '../../../../../node/http/views.ts'
import { UserError } from '../../../../../protocols/common/errors.ts'
import { type MemoryApi, memoryApi } from '../../http/memory-api.ts'
import { type MemoryIo, memoryIo } from '../memory-io.ts'

const ASK = ['request', 'job.json', '--bid', '1', '--fee', '0.1']
const account = (agent: string): string => `0x${agent.charCodeAt(0).toString(16).repeat(20)}`

describe('cli/commands/board: several requests and a majority', () => {
  let dir: string
  let api: MemoryApi
  let server: ApiServer
  let io: MemoryIo
  /** on the board, in the order of asking */
  let requests: BoardRequestView[]

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-board-'))
    writeFileSync(join(dir, 'job.json'), JSON.stringify({ engine: { js: { source: 'export default () => {}' } } }))
    api = memoryApi()
    requests = []
    const [known] = await api.boardRequests({ limit: 1, mine: false })
    assert.ok(known !== undefined)
    api.requestOnBoard = async ({ bid, fee }) => {
      const id = `0x${(requests.length + 1).toString(16).padStart(8, '0')}${'0'.repeat(56)}`
      const view = { ...known, id, bid, fee, lane: String(requests.length) }
      requests.push(view)
      return view
    }
    api.boardRequest = async id => {
      const request = requests.find(r => r.id.startsWith(id))
      if (request === undefined) throw new UserError('RequestNotFoundError', id)
      return request
    }
    server = apiServer({ dataDir: join(dir, 'data') })({ api })
    await server.start()
  })
  afterEach(async () => {
    await server.stop()
    api.hub.close()
    rmSync(dir, { recursive: true, force: true })
  })

  const board = (...args: string[]): Promise<number> => {
    io = memoryIo({ env: { DCN_DATA_DIR: join(dir, 'data') }, cwd: dir })
    return dcn(['board', ...args], io)
  }
  /** `a1` is a delivery by agent a of a run with digest 1, `-` none before the time was over. */
  const answer = (words: string): void => {
    for (const [i, [agent = '', digest = '']] of words.split(' ').entries()) {
      const request = requests[i]
      assert.ok(request !== undefined)
      if (agent === '-') Object.assign(request, { expired: true })
      if (digest === '') continue
      const result = {
        ...{ agent: account(agent), deal: `0x${'dd'.repeat(32)}`, charge: '1000', exitCode: 0, outcome: 'exited' },
        ...{ manifest: `bafy${agent}`, digest: `0x${digest.repeat(64)}` }
      }
      Object.assign(request, { state: 'delivered', result })
    }
  }
  const ids = (): string[] => requests.map(({ id }) => id.slice(0, 10))

  it('default: --copies asks so many times and prints every id', async () => {
    assert.equal(await board(...ASK, '--copies', '3'), 0, io.err())
    assert.deepEqual(
      io.out().split('\n').slice(0, -1),
      requests.map(({ id }) => id)
    )
    assert.deepEqual(
      requests.map(({ bid, fee }) => [bid, fee]),
      Array(3).fill(['1000000', '100000'])
    )
  })

  it('default: --json has the requests, and what they came to', async () => {
    assert.equal(await board(...ASK, '--copies', '3', '--json'), 0, io.err())
    const [asked] = io.lines()
    assert.equal(asked?.['state'], 'open')
    answer('a2 b1 c1')
    assert.equal(await board('watch', ...ids(), '--json'), 0, io.err())
    const [line] = io.lines()
    assert.ok(JSON_OUTPUT['board watch']?.schema.safeParse(line).success)
    assert.ok(JSON_OUTPUT['board request']?.schema.safeParse(asked).success)
    const { state, digest, agents, exitCode, manifest } = line ?? {}
    const expected = ['decided', `0x${'1'.repeat(64)}`, [account('b'), account('c')], 0, 'bafyb']
    assert.deepEqual([state, digest, agents, exitCode, manifest], expected)
  })

  const ends: [words: string, code: number, says: RegExp][] = [
    ['a1 b1', 0, /^majority +decided\n[\s\S]*agents +2 of 3[\s\S]*result +bafya/],
    ['a1 b2 c3', 1, /^majority +undecided/],
    ['a1 a1 -', 1, /^majority +undecided/],
    ['- - -', 1, /^majority +undecided\n[\s\S]*expired/]
  ]
  for (const [words, code, says] of ends) {
    it(`behavior: watch of ${words} ends with ${code}`, async () => {
      await board(...ASK, '--copies', '3')
      answer(words)
      assert.equal(await board('watch', ...ids()), code, io.err())
      assert.match(io.out(), says)
    })
  }

  it('behavior: --watch goes on from asking to the majority', async () => {
    const ask = api.requestOnBoard
    api.requestOnBoard = async body => {
      const made = await ask(body)
      if (requests.length === 3) answer('a1 b1 c1')
      return made
    }
    assert.equal(await board(...ASK, '--copies', '3', '--watch'), 0, io.err())
    assert.match(io.out(), /decided/)
  })

  for (const copies of ['1', '3']) {
    it(`behavior: --watch of ${copies} says at once what was asked for, whose turn it is, and on Ctrl-C how to come back`, async () => {
      const args = copies === '1' ? [] : ['--copies', copies]
      const ask = api.requestOnBoard
      api.requestOnBoard = async (body, options) => {
        const { id } = await ask(body, options)
        const view = { ...requests.find(r => r.id === id), transaction: `0x${'ab'.repeat(32)}` } as BoardRequestView
        return view
      }
      let looks = 0
      const look = api.boardRequest
      api.boardRequest = async (id, options) => {
        looks++
        if (looks > Number(copies)) io.interrupt()
        return await look(id, options)
      }
      assert.equal(await board(...ASK, ...args, '--watch', '--verbose'), 0, io.err())
      const all = requests.map(({ id }) => id)
      assert.equal(all.length, Number(copies))
      for (const id of all) assert.match(io.err(), new RegExp(`request   ${id}  transaction 0x(ab){32}\n`))
      assert.match(io.err(), /waiting for /)
      assert.match(io.err(), new RegExp(`Come back with: dcn board watch ${all.join(' ')}\n$`))
      assert.equal(io.out(), '')
    })
  }

  it('behavior: --watch with --json: a line for each request at once, and one on Ctrl-C', async () => {
    const look = api.boardRequest
    api.boardRequest = async (id, options) => {
      io.interrupt()
      return await look(id, options)
    }
    assert.equal(await board(...ASK, '--copies', '3', '--watch', '--json'), 0, io.err())
    const all = requests.map(({ id }) => id)
    const lines = io.lines()
    assert.deepEqual(
      lines.slice(0, 3).map(line => line['id']),
      all
    )
    assert.deepEqual(lines[3], { event: 'detached', requests: all })
    for (const line of lines) assert.ok(JSON_OUTPUT['board request']?.schema.safeParse(line).success)
  })

  it('error: what was asked for before one failed is told', async () => {
    const ask = api.requestOnBoard
    api.requestOnBoard = async body => {
      if (requests.length === 2) throw new UserError('InsufficientFundsError', 'nothing is left')
      return await ask(body)
    }
    assert.notEqual(await board(...ASK, '--copies', '3'), 0)
    assert.match(io.err(), new RegExp(`asked 2 of 3 times: ${requests.map(({ id }) => id).join(' ')}`))
  })

  it('error: Ctrl-C while one is on its way: that one is told too', async () => {
    const ask = api.requestOnBoard
    api.requestOnBoard = async (body, options) => {
      const made = await ask(body, options)
      // the node has sent it, and waits for a block
      if (requests.length === 2) io.interrupt()
      return made
    }
    assert.notEqual(await board(...ASK, '--copies', '3'), 0)
    assert.equal(requests.length, 2)
    assert.match(io.err(), new RegExp(`asked 2 of 3 times: ${requests.map(({ id }) => id).join(' ')}`))
  })

  it('error: other numbers, a lane for all, one request twice, other jobs', async () => {
    for (const copies of ['0', '1', '2', '4', '8', 'x']) {
      assert.equal(await board(...ASK, '--copies', copies, '--json'), 2)
      assert.match(io.out(), /InvalidInputError/)
    }
    assert.equal(await board(...ASK, '--copies', '3', '--lane', '1'), 2)
    assert.equal(requests.length, 0, 'nothing was paid')
    await board(...ASK, '--copies', '3')
    const [first = '', second = ''] = ids()
    assert.equal(await board('watch', first, first), 2)
    assert.equal(await board('watch', ...Array<string>(8).fill(first)), 2)
    Object.assign(requests[1] ?? {}, { spec: 'bafyother' })
    assert.equal(await board('watch', first, second), 2)
    assert.match(io.err(), /another job/)
  })
})
