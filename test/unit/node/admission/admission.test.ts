import assert from 'node:assert/strict'
import { type Admission, moduleOf, refusalOf } from '../../../../node/admission/admission.ts'
import { parseSchedule } from '../../../../node/schedule/parse.ts'
import { cidOfBytes } from '../../../../node/storage/cid-of.ts'
import type { JobSpec } from '../../../../protocols/job/schema.ts'
import { account, CREATOR } from '../../../support/deal/builders.ts'
import { ALL_WELCOME } from '../../../support/deal/proposal.ts'

const NOON = Date.parse('2026-03-02T12:00:00Z')
const SOURCE = 'export default () => 1 // é\n'
const js = (source = SOURCE): JobSpec['engine'] => ({ js: { source, entry: 'default' } })
const docker = (image: string): JobSpec['engine'] => ({ docker: { image } })
const BUSYBOX = `busybox@sha256:${'ab'.repeat(32)}`

function refused(changes: Partial<Admission>, engine = js(), timeoutMs = 60_000): boolean {
  return (
    refusalOf({ ...ALL_WELCOME, ...changes }, { creator: CREATOR, spec: { engine, timeoutMs } }, NOON) !== undefined
  )
}

describe('admission', () => {
  it('default: whoever brings whatever, at any time', () => {
    for (const engine of [js(), docker(BUSYBOX), { noop: { exitCode: 0, ms: 0 } }])
      assert.equal(refused({}, engine), false)
  })

  it('args: creators, an image, and a module are allowed or denied', () => {
    const module = moduleOf(js()) ?? ''
    assert.equal(refused({ creators: { allow: [account(5)], deny: [] } }), true)
    assert.equal(refused({ images: { allow: ['acme/*'], deny: [] } }, docker(BUSYBOX)), true)
    assert.equal(refused({ images: { allow: ['busybox'], deny: [] } }, docker(BUSYBOX)), false)
    assert.equal(refused({ images: { allow: ['busybox'], deny: [BUSYBOX.slice(8)] } }, docker(BUSYBOX)), true)
    assert.equal(refused({ modules: { allow: [module], deny: [] } }), false)
    assert.equal(refused({ modules: { allow: [module], deny: [] } }, js('export default 2')), true)
    assert.equal(refused({ modules: { allow: [], deny: [module] } }), true)
  })

  it('behavior: lists of images say nothing about modules, and the other way round', () => {
    assert.equal(refused({ images: { allow: ['acme/*'], deny: [] } }), false)
    assert.equal(refused({ modules: { allow: [moduleOf(js()) ?? ''], deny: [] } }, docker(BUSYBOX)), false)
  })

  it('behavior: the folder that a job says it was made from can shut it out, and lets nothing in', async () => {
    const module = await cidOfBytes(Buffer.from('a folder'))
    const asked = { creator: CREATOR, spec: { engine: docker(BUSYBOX), timeoutMs: 1000, module } }
    const lists = (modules: Admission['modules']) => refusalOf({ ...ALL_WELCOME, modules }, asked, NOON) !== undefined
    assert.equal(lists({ allow: [], deny: [module.toString()] }), true)
    const claimed = { ...asked, spec: { ...asked.spec, engine: js() } }
    const allowed = { ...ALL_WELCOME, modules: { allow: [module.toString()], deny: [] } }
    assert.notEqual(refusalOf(allowed, claimed, NOON), undefined)
    // the program itself is what an allow list admits, wherever it says it comes from
    const known = { ...ALL_WELCOME, modules: { allow: [moduleOf(js()) ?? ''], deny: [] } }
    assert.equal(refusalOf(known, claimed, NOON), undefined)
    const shut = { ...known, modules: { ...known.modules, deny: [module.toString()] } }
    assert.notEqual(refusalOf(shut, claimed, NOON), undefined)
  })

  it('behavior: a source in the specification has the CID of its file', async () => {
    const cid = await cidOfBytes(Buffer.from(SOURCE))
    assert.equal(moduleOf(js()), cid.toString())
    assert.equal(moduleOf({ js: { source: cid, entry: 'default' } }), cid.toString())
    const long = `// ${'é'.repeat(48 * 1024 - 10)}`
    assert.equal(moduleOf(js(long)), (await cidOfBytes(Buffer.from(long))).toString())
  })

  it('behavior: a job must be over when the hours are', () => {
    const schedule = parseSchedule('mon 08:00-14:00', 'UTC')
    assert.equal(refused({ schedule }, js(), 2 * 3_600_000), false)
    assert.equal(refused({ schedule }, js(), 2 * 3_600_000 + 1), true)
    assert.equal(refused({ schedule: parseSchedule('mon 13:00-14:00', 'UTC') }), true)
    const said = refusalOf(
      { ...ALL_WELCOME, schedule },
      { creator: CREATOR, spec: { engine: js(), timeoutMs: 9e6 } },
      NOON
    )
    assert.match(said ?? '', /2h30m|150m/)
    assert.match(said ?? '', /Mon 14:00 \(UTC\), in 2h/)
  })
})
