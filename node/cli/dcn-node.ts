#!/usr/bin/env node
import type { StartDaemon } from './daemon-api.ts'
import { processIo } from './io.ts'
import { dcnNode } from './node-program.ts'

/**
 * The node's code is loaded once the flags are right, so that --help and a typing mistake answer at once; most of it while the keys
 * are opened.
 */
async function load(): Promise<StartDaemon> {
  const { startWith } = await import('../start-daemon.ts')
  return (config, io) => startWith(() => import('../daemon-code.ts'), config, io)
}

process.exitCode = await dcnNode(process.argv.slice(2), processIo(), load)
