import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { dcn } from '../../../../../node/cli/program.ts'
import { cidOfPath } from '../../../../../node/storage/cid-of.ts'
import { cidFromDigest } from '../../../../../protocols/common/cbor.ts'
import { parseReceipt } from '../../../../../protocols/deal/receipt.ts'
import { type Parts, signedAttempt, textOf } from '../../../../support/deal/signed-receipt.ts'
import { memoryIo } from '../memory-io.ts'

interface Printed {
  holds: boolean
  accepted: boolean
  checks: { check: string; holds: boolean }[]
}
type Json = Record<string, unknown>

describe('cli/receipt verify', () => {
  let dir: string
  let text: string
  let parts: Parts

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-receipt-'))
    mkdirSync(join(dir, 'job', 'outputs', 'table'), { recursive: true })
    writeFileSync(join(dir, 'job', 'outputs', 'table', 'rows.csv'), 'a,b\n')
    writeFileSync(join(dir, 'job', 'stdout'), 'here\n')
    writeFileSync(join(dir, 'job', 'stderr'), '')
    writeFileSync(join(dir, 'job', 'exitCode'), '0')
    const at = (name: string) => cidOfPath(join(dir, 'job', name))
    const [stdout, stderr, outputs] = await Promise.all([at('stdout'), at('stderr'), at('outputs')])
    parts = { stdout, stderr, outputs, exitCode: 0, result: cidFromDigest(new Uint8Array(32)) }
    text = textOf(await signedAttempt(parts))
  })
  after(() => rmSync(dir, { recursive: true, force: true }))

  async function verify(content: string, ...flags: string[]) {
    const io = memoryIo({ cwd: dir })
    writeFileSync(join(dir, 'receipt.json'), content)
    const code = await dcn(['receipt', 'verify', 'receipt.json', '--json', ...flags], io)
    return { code, said: io.lines()[0] as unknown as Printed, err: io.err() }
  }
  const wrong = ({ checks }: Printed) => [...new Set(checks.filter(c => !c.holds).map(c => c.check))]
  /** the same receipt with something in it replaced */
  const forged = (path: string, value: unknown): string => {
    const root = JSON.parse(text) as Json
    const keys = path.split('.')
    const last = keys.pop() ?? ''
    const inner = keys.reduce((at, key) => at[key] as Json, root)
    inner[last] = value
    return JSON.stringify(root)
  }

  it('default: a receipt of both sides holds, without a node', async () => {
    const { code, said } = await verify(text)
    assert.deepEqual([code, said.holds, said.accepted, wrong(said)], [0, true, true, []])
    const io = memoryIo({ cwd: dir })
    assert.equal(await dcn(['receipt', 'verify', 'receipt.json'], io), 0)
    assert.match(io.out(), /valid, signed by both sides/)
  })

  it('behavior: without the acceptance it says so', async () => {
    const { resultSignature: _gone, ...attempt } = await signedAttempt(parts)
    const { code, said } = await verify(textOf(attempt))
    assert.deepEqual([code, said.holds, said.accepted], [0, true, false])
  })

  it('behavior: a reply that was lost takes nothing from the result that the provider signed', async () => {
    const { providerSignature: _lost, ...attempt } = await signedAttempt(parts)
    const { code, said } = await verify(textOf(attempt))
    assert.deepEqual([code, said.holds, said.accepted], [0, true, true])
  })

  it('args: --files compares the folder with what was signed', async () => {
    const same = await verify(text, '--files', 'job')
    assert.deepEqual([same.code, wrong(same.said)], [0, []])
    writeFileSync(join(dir, 'job', 'outputs', 'table', 'rows.csv'), 'a,c\n')
    const changed = await verify(text, '--files', 'job')
    assert.deepEqual([changed.code, wrong(changed.said)], [1, ['files']])
    rmSync(join(dir, 'job', 'outputs', 'table', 'rows.csv'))
    symlinkSync('/etc/hostname', join(dir, 'job', 'outputs', 'table', 'rows.csv'))
    assert.deepEqual(wrong((await verify(text, '--files', 'job')).said), ['files'])
    const missing = await verify(text, '--files', 'nowhere')
    assert.deepEqual([missing.code, missing.said.checks.filter(c => !c.holds).length], [1, 4])
  })

  const FORGERIES: [string, string, () => unknown, string[]][] = [
    ['a lower price', 'deal.price', () => '1', ['terms', 'creator', 'provider', 'result']],
    ['another id', 'id', () => `0x${'11'.repeat(32)}`, ['terms', 'result']],
    ['another charge', 'result.charge', () => '1', ['provider', 'acceptance']],
    ['another chain', 'domain.chainId', () => 1, ['creator', 'provider', 'acceptance']],
    ['another network', 'domain.salt', () => `0x${'11'.repeat(32)}`, ['creator', 'provider', 'acceptance']],
    ['another salt', 'salt', () => `0x${'11'.repeat(32)}`, ['result']],
    ['an exit code that nobody signed', 'manifest.exitCode', () => 7, ['manifest']],
    ['a creator that did not accept', 'resultSignatures.creator', () => `0x${'11'.repeat(65)}`, ['acceptance']],
    ['an unreadable manifest', 'manifestBytes', () => '0xa0', ['result', 'manifest']]
  ]
  for (const [what, path, value, checks] of FORGERIES) {
    it(`error: ${what}`, async () => {
      const { code, said } = await verify(forged(path, value()))
      assert.deepEqual([code, said.holds, said.accepted, wrong(said)], [1, false, false, checks])
    })
  }

  it('error: a result of another deal', async () => {
    const other = JSON.parse(textOf(await signedAttempt(parts, { nonce: 7n }))) as Json
    const { code, said } = await verify(JSON.stringify({ ...(JSON.parse(text) as Json), result: other['result'] }))
    assert.equal(code, 1)
    assert.ok(wrong(said).includes('result'))
  })

  it('error: what is no receipt names the field', async () => {
    const cases: [string, string][] = [
      ['', 'InvalidInputError'],
      ['{}', 'InvalidInputError'],
      [forged('deal.price', '-1'), 'InvalidInputError'],
      [forged('extra', 1), 'InvalidInputError'],
      [forged('spec', '0xzz'), 'InvalidInputError'],
      [forged('spec', '0x00'), 'InvalidInputError'],
      [`"${'x'.repeat(400_000)}"`, 'TooLargeError']
    ]
    for (const [content, name] of cases) {
      const io = memoryIo({ cwd: dir })
      writeFileSync(join(dir, 'receipt.json'), content)
      assert.equal(await dcn(['receipt', 'verify', 'receipt.json', '--json'], io), 2, content.slice(0, 80))
      const [line] = io.lines() as unknown as { error: { name: string } }[]
      assert.equal(line?.error.name, name)
    }
    assert.equal(await dcn(['receipt', 'verify', 'nowhere.json'], memoryIo({ cwd: dir })), 2)
  })

  it('property: a changed byte is never a valid receipt, and never a crash', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(text.length - 2),
        fc.constantFrom('0', '1', 'a', 'f', '"', '{', ' '),
        async (at, char) => {
          const changed = text.slice(0, at) + char + text.slice(at + 1)
          const { code, said } = await verify(changed)
          if (code === 0) assert.deepEqual(parseReceipt(changed), parseReceipt(text))
          else assert.ok(code === 2 || !said.holds)
        }
      ),
      { numRuns: 150 }
    )
  })
})
