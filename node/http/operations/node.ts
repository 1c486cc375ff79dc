import { z } from 'zod'
import { operation } from '../operation.ts'
import { errorView, logLevelView, nodeInfo, nodeStatus, readinessView } from '../views.ts'

export const nodeOperations = {
  getHealth: operation({
    method: 'GET',
    path: '/health',
    tag: 'node',
    summary: 'Whether the node answers',
    open: true,
    reply: { 200: z.object({ status: z.literal('ok') }) },
    errors: []
  }),
  getDocument: operation({
    method: 'GET',
    path: '/openapi.json',
    tag: 'node',
    summary: 'This document',
    open: true,
    reply: { 200: z.record(z.string(), z.unknown()) },
    errors: []
  }),
  listErrors: operation({
    method: 'GET',
    path: '/errors',
    tag: 'node',
    summary: 'Every error by its name',
    description: 'What the `type` of a problem document points at, with the name as the fragment.',
    open: true,
    reply: { 200: z.record(z.string(), errorView) },
    errors: []
  }),
  getNode: operation({
    method: 'GET',
    path: '/node',
    tag: 'node',
    summary: 'What this node is, has and lacks',
    reply: { 200: nodeInfo },
    errors: []
  }),
  getReadiness: operation({
    method: 'GET',
    path: '/ready',
    tag: 'node',
    summary: 'Whether the node can do its work',
    description:
      'For probes: journal, disk and peers; the chain where there is one; engines of a provider or mediator. Answers are kept for two seconds.',
    open: true,
    reply: { 200: readinessView },
    errors: ['NotReadyError']
  }),
  getStatus: operation({
    method: 'GET',
    path: '/node/status',
    tag: 'node',
    summary: 'What the node does now',
    reply: { 200: nodeStatus },
    errors: []
  }),
  getMetrics: operation({
    method: 'GET',
    path: '/metrics',
    tag: 'node',
    summary: 'Metrics for Prometheus',
    description: 'What each means stands in docs/monitoring.md. `--metrics-listen` serves the same without a token.',
    reply: {},
    bytes: 'reply',
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    errors: []
  }),
  drainNode: operation({
    method: 'POST',
    path: '/node/drain',
    tag: 'node',
    summary: 'Take no new deals; running work finishes',
    description: 'Until it is resumed or restarted.',
    reply: { 200: nodeStatus },
    errors: ['NoProviderError']
  }),
  resumeNode: operation({
    method: 'POST',
    path: '/node/resume',
    tag: 'node',
    summary: 'Take new deals again',
    reply: { 200: nodeStatus },
    errors: ['NoProviderError']
  }),
  setLogLevel: operation({
    method: 'PUT',
    path: '/node/log-level',
    tag: 'node',
    summary: 'How much is logged, until the next start',
    body: logLevelView,
    reply: { 200: logLevelView },
    errors: ['NotSupportedYetError']
  }),
  stopNode: operation({
    method: 'POST',
    path: '/stop',
    tag: 'node',
    summary: 'Drain and stop the node',
    reply: { 202: z.object({ stopping: z.boolean() }) },
    errors: []
  })
}
