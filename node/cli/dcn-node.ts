#!/usr/bin/env node
import { processIo } from './io.ts'
import { dcnNode } from './node-program.ts'

// the node's code is loaded once the flags are right, so that --help and a typing mistake answer at once
process.exitCode = await dcnNode(
  process.argv.slice(2),
  processIo(),
  async () => (await import('../daemon.ts')).startDaemon
)
