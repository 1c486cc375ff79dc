import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ERRORS, errorRow } from '../../../../node/errors/index.ts'

const root = join(import.meta.dirname, '..', '..', '..', '..')

/** What never leaves a node, with the reason: steps that it takes again by itself, and what peers are told. */
const WITHIN: Record<string, string> = {
  RunMissingError: 'the provider runs the job again',
  DeliveryNotTakenError: 'the provider delivers again',
  DealOpenError: 'the end of a deal is waited for',
  ChallengeUnseenError: 'the chain is read again',
  DisputeUnseenError: 'the chain is read again',
  NotMyRoleError: 'told to a peer',
  NoProviderError: 'the creator asks the next one',
  ResultMissingError: 'the creator compares again',
  SyncViolationError: 'a peer that breaks the protocol is left',
  CarViolationError: 'a peer that breaks the protocol is left',
  CarCutError: 'the transfer goes on elsewhere',
  CarUnknownError: 'the transfer goes on by bitswap',
  CarEndedError: 'the transfer goes on elsewhere',
  FactTimeError: 'the fact is dropped',
  BindMismatchError: 'the fact is dropped',
  PoolBusyError: 'of slicePool, for programs',
  PoolClosedError: 'of slicePool, for programs',
  SliceError: 'of slicePool, for programs'
}

describe('errors', () => {
  it('behavior: every name that the sources give a UserError has its row', () => {
    const missing = [...namesInSources()].filter(name => errorRow(name) === undefined && WITHIN[name] === undefined)
    assert.deepEqual(missing, [], 'give each a row in node/errors, or a reason here')
  })

  it('behavior: no row is left that nothing gives', () => {
    const known = namesInSources()
    // made of a status of the HTTP library, of a job that found nobody, of a bug
    const elsewhere = new Set(['UnsupportedMediaTypeError', 'NoMatchError', 'ImageMissingError', 'InternalError'])
    assert.deepEqual(
      Object.keys(ERRORS).filter(name => !known.has(name) && !elsewhere.has(name)),
      []
    )
    assert.deepEqual(
      Object.keys(WITHIN).filter(name => !known.has(name)),
      []
    )
  })

  it('behavior: each has its anchor in docs/errors.md', () => {
    const page = readFileSync(join(root, 'docs', 'errors.md'), 'utf8')
    for (const name of Object.keys(ERRORS)) assert.ok(page.includes(`\n### ${name}\n`), name)
  })

  it('args: a name of Object.prototype is none of ours', () => {
    assert.equal(errorRow('constructor'), undefined)
    assert.equal(errorRow('__proto__'), undefined)
  })
})

/** Names in `new UserError('…'` and in the constructors of its subclasses. */
function namesInSources(): Set<string> {
  const names = new Set<string>()
  for (const layer of ['node', 'protocols']) {
    for (const file of readdirSync(join(root, layer), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue
      const text = readFileSync(join(root, layer, file), 'utf8')
      const pattern = /(?:new (?:User|Invite)Error|super)\(\s*'([A-Z]\w+Error)'/g
      for (const [, name = ''] of text.matchAll(pattern)) names.add(name)
    }
  }
  return names
}
