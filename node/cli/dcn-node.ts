#!/usr/bin/env node
import { flushCompileCache } from 'node:module'
import type { StartDaemon } from './daemon-api.ts'
import { processIo } from './io.ts'
import { dcnNode } from './node-program.ts'

/**
 * The node's code is loaded once the flags are right, so that --help and a typing mistake answer at once; most of it while the keys
 * are opened.
 */
async function load(): Promise<StartDaemon> {
  const { startWith } = await import('../start-daemon.ts')
  return async (config, io) => {
    const daemon = await startWith(() => import('../daemon-code.ts'), config, io)
    // now, not at the end: after weeks V8 has forgotten what a start needs, and a node that is killed has no end
    setImmediate(flushCompileCache)
    return daemon
  }
}

process.exitCode = await dcnNode(process.argv.slice(2), processIo(), load)
