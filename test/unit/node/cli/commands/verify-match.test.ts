import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dcn } from '../../../../../node/cli/program.ts'
import { type ApiServer, apiServer } from '../../../../../node/http/server.ts'
import type { MatchView } from '../../../../../node/http/views.ts'
import { fromHex, type Hex } from '../../../../../protocols/common/values.ts'
import { decodeBundle } from '../../../../../protocols/matching/verify/bundle.ts'
import { type MemoryApi, memoryApi } from '../../http/memory-api.ts'
import { type MemoryIo, memoryIo } from '../memory-io.ts'

const file = new URL('../../../../vectors/matching/verify.json', import.meta.url)
const cases = JSON.parse(readFileSync(file, 'utf8')) as { name: string; bundle: Hex }[]
const bytesOf = (name: string): Uint8Array => fromHex(cases.find(c => c.name === name)?.bundle ?? '0x')
const DEAL = `0x${'5b'.repeat(32)}`

describe('cli/commands/verify-match', () => {
  let dir: string
  let api: MemoryApi
  let server: ApiServer
  let io: MemoryIo

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-verify-'))
    api = memoryApi()
    server = apiServer({ dataDir: join(dir, 'data') })({ api })
    await server.start()
  })
  afterEach(async () => {
    await server.stop()
    api.hub.close()
    rmSync(dir, { recursive: true, force: true })
  })

  const run = (dataDir: string, ...args: string[]): Promise<number> => {
    io = memoryIo({ env: { DCN_DATA_DIR: join(dir, dataDir) }, cwd: dir })
    return dcn(['verify-match', ...args], io)
  }

  const verdicts: [name: string, code: number, says: RegExp][] = [
    [
      'the cheapest refused',
      0,
      /^holds: .*\n[\s\S]*refused: no-room[\s\S]*chosen\n[\s\S]*need not have been everybody's/
    ],
    ['a wrong order', 1, /^fails: .*\n {2}fails: The candidates are not in the order/],
    ['the cheapest was passed over in silence', 6, /^not provable: .*\n {2}not provable: .* \(rank 0, account 0x/],
    ['no deal', 6, /^not provable: [\s\S]*deal +not checked/]
  ]
  for (const [name, code, says] of verdicts) {
    it(`default: ${name}: exit code ${code}`, async () => {
      api.matches.set(DEAL, decodeBundle(bytesOf(name)))
      assert.equal(await run('data', DEAL), code, io.err())
      assert.match(io.out(), says)
    })
  }

  it('default: what is exported is judged alike without a node', async () => {
    api.matches.set(DEAL, decodeBundle(bytesOf('the cheapest refused')))
    assert.equal(await run('data', DEAL, '--export', 'match.bin', '--json'), 0, io.err())
    const [online] = io.lines() as unknown as MatchView[]
    assert.deepEqual(new Uint8Array(readFileSync(join(dir, 'match.bin'))), bytesOf('the cheapest refused'))
    assert.equal(await run('nowhere', 'match.bin', '--json'), 0, io.err())
    assert.deepEqual(io.lines(), [online])
    assert.equal(await run('nowhere', 'match.bin'), 0)
    assert.match(io.out(), /0\.000000000000001 tokens[\s\S]*18 decimals/)
    // a file is never overwritten
    assert.equal(await run('data', DEAL, '--export', 'match.bin'), 2)
  })

  it('error: a deal that nobody knows, a file that is none', async () => {
    assert.equal(await run('data', DEAL), 2)
    assert.match(io.err(), /there is no deal 0x5b/)
    assert.equal(await run('data', 'no-such-job'), 2)
    writeFileSync(join(dir, 'noise.bin'), 'noise')
    assert.equal(await run('nowhere', 'noise.bin'), 2)
    assert.match(io.err(), /match bundle is not dag-cbor/)
    writeFileSync(join(dir, 'large.bin'), Buffer.alloc(300_000))
    assert.equal(await run('nowhere', 'large.bin'), 2)
    assert.match(io.err(), /at most 262144/)
  })
})
