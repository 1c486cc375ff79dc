import { z } from 'zod'
import { flagText, numberText, operation } from '../operation.ts'
import { jobList, jobState, jobView, logLine, resultFile, submitRequest, whyView } from '../views.ts'

const LIST_MAX = 1000
const SUMMARIES_MAX = 10_000

export const jobOperations = {
  submitJob: operation({
    method: 'PUT',
    path: '/jobs',
    tag: 'jobs',
    summary: 'Submit a job',
    description:
      'Checks the specification, journals the job and answers; matching goes on by itself. `spec` is as in a file (docs/jobs.md). With `sweep` it is submitted once: a repeat, even at the same moment, is answered with the job that is there.',
    body: submitRequest,
    reply: { 201: jobView },
    errors: [
      'InsufficientBalanceError',
      'InsufficientAllowanceError',
      'InsufficientGasError',
      'ImageNotFoundError',
      'NotSupportedYetError',
      'NoCourtError',
      'SweepDiffersError',
      'SettlementUnreachableError',
      'ContentUnavailableError',
      'DiskFullError',
      'QuotaExceededError'
    ]
  }),
  listJobs: operation({
    method: 'GET',
    path: '/jobs',
    tag: 'jobs',
    summary: 'Jobs, newest first',
    description: '`before` takes the `seq` of the last one seen.',
    query: z.strictObject({
      limit: numberText(1, LIST_MAX).optional(),
      before: numberText().optional(),
      state: jobState.optional()
    }),
    reply: { 200: z.array(jobView) },
    errors: []
  }),
  summarizeJobs: operation({
    method: 'GET',
    path: '/jobs/summaries',
    tag: 'jobs',
    summary: 'Many jobs in short, newest first',
    description:
      '`name` may be a pattern with `*` and `?`, `sweep` is the name of jobs that were submitted together, `since` a time in ms. `total` counts all that fit; `before` takes the `seq` of the last one seen.',
    query: z.strictObject({
      limit: numberText(1, SUMMARIES_MAX).optional(),
      before: numberText().optional(),
      since: numberText().optional(),
      state: jobState.optional(),
      name: z.string().min(1).max(128).optional(),
      sweep: z.string().min(1).max(64).optional()
    }),
    reply: { 200: jobList },
    errors: []
  }),
  getJob: operation({
    method: 'GET',
    path: '/jobs/{id}',
    tag: 'jobs',
    summary: 'One job',
    reply: { 200: jobView },
    errors: ['JobNotFoundError']
  }),
  cancelJob: operation({
    method: 'DELETE',
    path: '/jobs/{id}',
    tag: 'jobs',
    summary: 'Ask for the end of a job',
    description: 'Its state says when the end has come.',
    reply: { 200: jobView },
    errors: ['JobNotFoundError']
  }),
  explainJob: operation({
    method: 'GET',
    path: '/jobs/{id}/why',
    tag: 'jobs',
    summary: 'Why a job is where it is',
    description: 'Counts by reason over the offers in the book, the nearest misses and what would make them fit.',
    reply: { 200: whyView },
    errors: ['JobNotFoundError']
  }),
  streamLogs: operation({
    method: 'GET',
    path: '/jobs/{id}/logs',
    tag: 'jobs',
    summary: 'Output of a job as it comes',
    description:
      'From chunk `from` on; with `follow=false` it ends with what there is. `replica` picks one of a job that runs at several providers.',
    query: z.strictObject({
      from: numberText().optional(),
      follow: flagText.optional(),
      replica: numberText().optional()
    }),
    reply: {},
    stream: { events: ['log'], schema: logLine },
    errors: ['JobNotFoundError']
  }),
  listResults: operation({
    method: 'GET',
    path: '/jobs/{id}/results',
    tag: 'jobs',
    summary: 'Files of a result',
    description: 'Empty before there is one.',
    reply: { 200: z.array(resultFile) },
    errors: ['JobNotFoundError']
  }),
  getResultFile: operation({
    method: 'GET',
    path: '/jobs/{id}/files/{path*}',
    tag: 'jobs',
    summary: 'The bytes of a result file',
    bytes: 'reply',
    reply: {},
    errors: ['JobNotFoundError', 'ResultNotFoundError']
  })
}
