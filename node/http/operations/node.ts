import { z } from 'zod'
import { operation } from '../operation.ts'
import { errorView, nodeInfo } from '../views.ts'

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
  stopNode: operation({
    method: 'POST',
    path: '/stop',
    tag: 'node',
    summary: 'Drain and stop the node',
    reply: { 202: z.object({ stopping: z.boolean() }) },
    errors: []
  })
}
