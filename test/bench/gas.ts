import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { foundryBinary } from '../../scripts/lib/foundry.ts'
import { atMost, type Benchmark, figure, type Measured } from './measure.ts'

const ROOT = join(import.meta.dirname, '..', '..')

/** What earlier designs for the same market took, optimizer on, measured on a local EVM: a deal that goes well, and one with a mediator. */
const HAPPY = { what: 'earlier design, 4 transactions', samples: [1_650_000] }
const MEDIATED = { what: 'earlier design, one mediator', samples: [1_870_000] }

/** What is measured alone, in contracts/snapshots, and at most how much of it docs/settlement.md and docs/board.md want. */
const CALLS: [group: string, name: string, target?: number][] = [
  ['DealEscrow', 'open', 85_000],
  ['DealEscrow', 'settle, open, full price', 45_000],
  ['DealEscrow', 'openAndSettle', 68_000],
  ['DealEscrow', 'submit'],
  ['DealEscrow', 'claim'],
  ['Court', 'challenge'],
  ['Court', 'draw, three seats'],
  ['Court', 'commit'],
  ['Court', 'reveal'],
  ['Court', 'revealCommitment, and verdict'],
  ['Court', 'finish, three seats, provider right'],
  ['Court', 'challenge to finish, three seats', 560_000],
  ['JobBoard', 'request and deliver, beyond a normal deal', 150_000]
]
const BATCH = 20
const BATCH_TARGET = 20_000

/** Gas of whole transactions, from the contracts' own gas tests, beside that of earlier designs. */
export const gas: Benchmark = {
  name: 'gas',
  about: 'gas of whole transactions, intrinsic gas and calldata included, the refund taken off',
  async run() {
    const taken = measure()
    const open = taken('DealEscrow', 'open')
    const settle = taken('DealEscrow', 'settle, open, full price')
    const dispute = taken('Court', 'challenge to finish, three seats')
    return [
      ...CALLS.map(([group, name, target]) => units(`${group}: ${name}`, taken(group, name), { target })),
      units('DealEscrow: settleMany, each of 20', taken('DealEscrow', 'settleMany, 20 deals') / BATCH, {
        target: BATCH_TARGET
      }),
      units('a deal that goes well: open, settle', open + settle, { baseline: HAPPY }),
      units('the same at once: openAndSettle', taken('DealEscrow', 'openAndSettle'), { baseline: HAPPY }),
      units('a disputed deal: open, submit, challenge to finish', open + taken('DealEscrow', 'submit') + dispute, {
        baseline: MEDIATED
      })
    ]
  }
}

/** Runs the gas tests, which write the snapshots; not those of sizes, whose file would lose what other tests put there. */
function measure(): (group: string, name: string) => number {
  const only = ['--match-path', 'contracts/test/Gas*.t.sol', '--no-match-test', 'test_size']
  const { status, stdout } = spawnSync(foundryBinary('forge'), ['test', ...only], { cwd: ROOT, encoding: 'utf8' })
  if (status !== 0) throw new Error(`the gas tests failed:\n${stdout}`)
  return (group, name) => {
    const file = join(ROOT, 'contracts', 'snapshots', `${group}.json`)
    const value = Number((JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>)[name])
    if (!Number.isFinite(value)) throw new Error(`no gas of "${name}" in ${file}`)
    return value
  }
}

function units(
  metric: string,
  value: number,
  { baseline, target }: { baseline?: typeof HAPPY; target?: number | undefined }
): Measured {
  return figure({
    metric,
    unit: 'gas',
    samples: [value],
    ...(baseline === undefined ? {} : { baseline }),
    ...(target === undefined ? {} : { target: atMost(target, 'gas') })
  })
}
