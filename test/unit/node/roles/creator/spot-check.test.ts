import assert from 'node:assert/strict'
import { spotCheck } from '../../../../../node/roles/creator/spot-check.ts'
import type { SecondRun } from '../../../../../node/roles/second-run.ts'
import { cidOf, encode } from '../../../../../protocols/common/cbor.ts'
import type { CreatorState } from '../../../../../protocols/deal/creator-types.ts'
import type { Delivery } from '../../../../../protocols/deal/messages.ts'
import { encodeSpec } from '../../../../../protocols/job/encode-spec.ts'
import { encodeManifest } from '../../../../../protocols/job/manifest.ts'
import type { Outcome } from '../../../../../protocols/job/schema.ts'
import { toyDelivery } from '../../../../support/deal/builders.ts'
import { noopSpec } from '../../../../support/deal/proposal.ts'

type Said = { outcome?: Outcome; result: number; wallMs?: number }
/** Of this node: its run, or that it has no engine. */
type Own = Said | 'no engine'

interface Case {
  first: Said
  second?: Said
  own: Own
  /** the first result is disputed */
  differs: boolean
  /** about the second result */
  word?: 'accept' | 'reject'
  note: RegExp
}

const CASES: Record<string, Case> = {
  'the second came to the same': {
    first: { result: 1 },
    second: { result: 1 },
    own: 'no engine',
    differs: false,
    word: 'accept',
    note: /0x22.* came to the same/
  },
  'they differ, and this node came to what the second did': {
    first: { result: 1 },
    second: { result: 2 },
    own: { result: 2 },
    differs: true,
    word: 'accept',
    note: /here came to another/
  },
  'they differ, and this node came to what the first did': {
    first: { result: 1 },
    second: { result: 2 },
    own: { result: 1 },
    differs: false,
    word: 'reject',
    note: /same result; 0x22.* came to another/
  },
  'all three differ': {
    first: { result: 1 },
    second: { result: 2 },
    own: { result: 3 },
    differs: true,
    word: 'reject',
    note: /another/
  },
  'they differ, and this node cannot run it: the court has the word on the first': {
    first: { result: 1 },
    second: { result: 2 },
    own: 'no engine',
    differs: true,
    word: 'accept',
    note: /0x22.* came to another/
  },
  'the second did not end, so this node looks': {
    first: { result: 1 },
    second: { outcome: 'timeout', result: 9 },
    own: { result: 1 },
    differs: false,
    word: 'reject',
    note: /here came to the same/
  },
  'the second did not end, and this node cannot run it': {
    first: { result: 1 },
    second: { outcome: 'timeout', result: 9 },
    own: 'no engine',
    differs: false,
    word: 'accept',
    note: /not checked/
  },
  'nobody else ran it': { first: { result: 1 }, own: { result: 2 }, differs: true, note: /here came to another/ },
  'nobody else ran it, nor could this node': {
    first: { result: 1 },
    own: 'no engine',
    differs: false,
    note: /not checked: no engine/
  }
}

describe('roles/creator/spot-check', () => {
  for (const [what, { first, second, own, differs, word, note }] of Object.entries(CASES)) {
    it(`behavior: ${what}`, async () => {
      const words: string[] = []
      const found = await spotCheck(
        {
          runAgain: async () => {
            if (own === 'no engine') throw new Error('no engine')
            return runOf(own)
          },
          secondProvider: {
            run: async () => (second === undefined ? undefined : holding(delivered(second, SECOND))),
            rule: async (_id, given) => void words.push(given)
          }
        },
        job,
        delivered(first, FIRST),
        {}
      )
      assert.equal(found.differs !== undefined, differs)
      assert.match(found.note, note)
      assert.deepEqual(words, word === undefined ? [] : [word])
      assert.deepEqual(Object.keys(found).sort(), differs ? ['differs', 'note'] : ['note'])
    })
  }
})

const [FIRST, SECOND] = [`0x${'11'.repeat(20)}`, `0x${'22'.repeat(20)}`] as const
const SPEC = encodeSpec(noopSpec())
const SOMETHING = cidOf(encode('something'))
const job = { jobId: 'j1', specBytes: SPEC.bytes } as CreatorState
const digest = (result: number): Uint8Array => new Uint8Array(32).fill(result)

const runOf = ({ outcome = 'exited', result, wallMs = 100 }: Said): SecondRun => ({
  outcome,
  wallMs,
  digest: digest(result),
  block: new Uint8Array()
})

const holding = (delivery: Delivery) => ({ attempt: { delivery } }) as CreatorState

/** What a provider signs: of all that is in it, only outcome, digest and time count here. */
function delivered({ outcome = 'exited', result, wallMs = 100 }: Said, provider: `0x${string}`): Delivery {
  const { bytes } = encodeManifest({
    version: 1,
    deal: new Uint8Array(32),
    spec: SPEC.cid,
    provider,
    outcome,
    ...(outcome === 'exited' ? { exitCode: 0 } : {}),
    stdout: SOMETHING,
    stderr: SOMETHING,
    outputs: SOMETHING,
    result: SOMETHING,
    usage: { wallMs, cpuMs: 1, maxRssBytes: 1, inputBytes: 0, outputBytes: 0 },
    startedAt: 1,
    finishedAt: 2,
    logRoot: new Uint8Array(32),
    digest: digest(result)
  })
  return { ...toyDelivery('0x00'), manifest: bytes }
}
