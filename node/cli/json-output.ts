import { z } from 'zod'
import { claimView, faucetInfo } from '../faucet/views.ts'
import { JOB_STATES } from '../http/job-states.ts'
import * as views from '../http/views.ts'
import { SHELLS } from './completion/scripts.ts'

// What every command prints with --json: docs/cli-json.md is made from it, and a test runs the commands against it. Nothing else
// loads this.

const text = z.string()
const count = z.int().nonnegative()

const error = z.object({
  event: z.literal('error'),
  error: z.object({
    name: text,
    message: text,
    field: text.optional(),
    value: z.unknown().optional(),
    limit: text.optional(),
    remedy: text.optional()
  })
})
const log = views.logLine.extend({ event: z.literal('log') })
const lost = z.object({ event: z.literal('lost') })

/** One job, followed to its end. */
const jobEvents = z.discriminatedUnion('event', [
  z.object({ event: z.literal('submitted'), job: views.jobView }),
  z.object({ event: z.literal('state'), job: views.jobView }),
  log,
  z.object({ event: z.literal('transfer'), ...views.moving, at: count }),
  z.object({ event: z.literal('waiting'), summary: text }),
  lost,
  z.object({ event: z.literal('detached'), id: text }),
  z.object({
    event: z.literal('end'),
    job: views.jobView,
    files: z.array(views.resultFile),
    dir: text.optional(),
    exit: count
  })
])
/** Several jobs, followed together. */
const groupEvents = z.discriminatedUnion('event', [
  z.object({ event: z.literal('group'), name: text, count, submitted: count }),
  z.object({ event: z.literal('state'), job: views.jobSummary }),
  lost,
  z.object({ event: z.literal('detached'), group: text, submitted: count, count }),
  z.object({ event: z.literal('end'), group: text, jobs: z.array(views.jobSummary), dir: text.optional(), exit: count })
])
const followed = z.union([jobEvents, groupEvents])
const selector = z.object({ key: text, operator: text, values: z.array(text) })
const account = z.object({ account: text, file: text, backups: z.array(text), running: z.boolean() })
const moved = z.object({ amount: views.amountText, to: text.optional(), transaction: text })

/** Several requests for one job, and what most of their agents came to. */
const boardMajority = z.object({
  state: z.enum(['open', 'decided', 'undecided']),
  digest: text.optional(),
  agents: z.array(text).optional(),
  exitCode: count.optional(),
  outcome: text.optional(),
  manifest: text.optional(),
  requests: z.array(views.boardRequestView)
})

/** Ctrl-C: they are open still. */
const boardLeft = z.object({ event: z.literal('detached'), requests: z.array(text) })

export interface JsonOutput {
  /** `lines`: one object per line, as things happen */
  form: 'value' | 'lines'
  schema: z.ZodType
}
const value = (schema: z.ZodType): JsonOutput => ({ form: 'value', schema })
const lines = (schema: z.ZodType): JsonOutput => ({ form: 'lines', schema })

/** By command. Where something goes wrong the last line is an `error`. */
export const JSON_OUTPUT: Readonly<Record<string, JsonOutput>> = {
  run: lines(followed),
  convert: value(
    z.object({
      name: text.optional(),
      type: z.enum(['batch', 'ops']),
      count,
      requirements: z.array(selector),
      preferences: z.array(selector),
      notes: z.array(text),
      spec: z.record(text, z.unknown())
    })
  ),
  'module show': value(
    z.object({
      file: text,
      name: text,
      version: text.optional(),
      description: text.optional(),
      author: text.optional(),
      licence: text.optional(),
      system: text.optional(),
      cid: text,
      commit: text.optional(),
      inputs: z.record(text, z.looseObject({ type: text })),
      usage: text
    })
  ),
  'module lint': value(
    z.object({
      file: text,
      system: text.optional(),
      findings: z.array(
        z.object({
          severity: z.enum(['error', 'warning']),
          when: text,
          line: count.optional(),
          input: text.optional(),
          what: text,
          fix: text
        })
      ),
      moduleYaml: text.optional(),
      written: text.optional()
    })
  ),
  'module publish': value(views.publishedView),
  'module search': value(z.array(views.moduleNameView)),
  'module list': value(z.array(z.union([views.moduleNameView, views.moduleVersionView]))),
  'module yank': value(views.publishedView),
  'js run': lines(followed),
  'js map': lines(
    z.union([
      z.object({ index: count, value: z.unknown() }),
      z.object({ index: count, error: z.object({ name: text, reason: text, message: text }) })
    ])
  ),
  'wasm run': lines(followed),
  'docker run': lines(followed),
  'image push': value(views.sharedImageView),
  'image list': value(z.array(views.sharedImageView)),
  'image remove': value(z.object({ removed: text })),
  'job list': value(z.array(views.jobSummary)),
  'job show': value(views.jobView.extend({ files: z.array(views.resultFile).optional() })),
  'job logs': lines(log),
  'job get': value(
    z.union([
      z.object({ id: text, dir: text, files: z.array(views.resultFile) }),
      z.object({ group: text, dir: text, files: count })
    ])
  ),
  'job wait': lines(followed),
  'job accept': value(views.jobView),
  'job cancel': value(z.union([views.jobView, z.array(views.jobView)])),
  'job why': value(z.union([views.whyView, z.array(views.whyView)])),
  dispute: value(z.union([views.jobView, views.receiptView])),
  'receipt verify': value(
    z.object({
      deal: text,
      creator: text,
      provider: text,
      price: text,
      charge: text,
      settlement: text,
      holds: z.boolean(),
      accepted: z.boolean(),
      checks: z.array(z.object({ check: text, holds: z.boolean(), detail: text }))
    })
  ),
  'board request': lines(z.union([views.boardRequestView, boardMajority, boardLeft])),
  'board list': value(z.array(views.boardRequestView)),
  'board show': value(views.boardRequestView),
  'board watch': value(z.union([views.boardRequestView, boardMajority, boardLeft])),
  'board cancel': value(views.receiptView),
  'board withdraw': value(views.receiptView.extend({ credit: views.amountText })),
  'seat list': value(z.array(views.seatView)),
  'seat take': value(views.seatView),
  'seat leave': value(views.leftView),
  'seat status': value(views.mediatorView),
  rank: value(views.rankView),
  offers: value(
    z.union([
      z.array(views.offerView),
      z.object({ event: z.literal('offer'), change: z.enum(['came', 'changed', 'left']), offer: views.offerView })
    ])
  ),
  'verify-match': value(views.matchView),
  peers: value(z.array(views.peerView)),
  deals: value(z.array(views.dealView)),
  'wallet show': value(views.walletView),
  'wallet history': value(views.historyView),
  'wallet deposit': value(moved),
  'wallet withdraw': value(moved),
  'wallet new': value(account),
  'wallet import': value(account),
  'faucet claim': value(claimView),
  'faucet status': value(
    faucetInfo.extend({ account: z.object({ account: text, nextAt: count.optional() }).optional() })
  ),
  'faucet deploy': value(
    z.object({
      contract: text,
      transaction: text,
      operator: text,
      owner: text,
      coin: views.amountText,
      tokens: views.amountText,
      intervalSec: count,
      perDay: count
    })
  ),
  node: value(views.nodeInfo.extend({ api: text })),
  'node status': value(views.nodeStatus),
  'node drain': value(views.nodeStatus),
  'node resume': value(views.nodeStatus),
  'node stop': value(z.object({ stopping: z.boolean(), stopped: z.boolean() })),
  doctor: value(
    z.array(z.object({ ok: z.boolean(), warn: z.boolean().optional(), what: text, remedy: text.optional() }))
  ),
  config: value(
    z.union([
      z.object({
        values: z.array(z.object({ key: text, value: z.unknown().optional(), origin: text, from: text.optional() })),
        warnings: z.array(text)
      }),
      // with --init: the text of a file, or where it was written
      z.object({ file: text }),
      z.object({ path: text })
    ])
  ),
  completion: value(z.object({ shell: z.enum(SHELLS), script: text }))
}

export const JSON_ERROR = error
/** The words of a job, for the page. */
export const JSON_STATES = JOB_STATES
