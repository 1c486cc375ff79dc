#!/usr/bin/env node
import { processIo } from './io.ts'
import { dcn } from './program.ts'

const code = await dcn(process.argv.slice(2), processIo())
// not process.exit: what is still on its way to a pipe would be cut off
process.exitCode = code
