import { z } from 'zod'
import { operation } from '../operation.ts'
import { nodeInfo } from '../views.ts'

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
