import { open } from 'node:fs/promises'
import type { Command } from 'commander'
import { InvalidInputError } from '../../../protocols/common/errors.ts'
import { absolute } from '../../config/convert.ts'
import { nodeCommand } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import type { Io } from '../io.ts'
import { type SpecOptions, specOf, specOptions } from '../spec-flags.ts'
import { submitJob, submitOptions } from '../submit.ts'
import type { Finish } from './types.ts'

export function runCommand(io: Io, finish: Finish): Command {
  const run = nodeCommand('run', 'run a WASI module', ['dcn wasm run sort.wasm --input data.txt -- /inputs/data.txt'])
    .argument('<file>', 'WebAssembly module (WASI preview 1)')
    .argument('[args...]', 'arguments, after --')
  return submitOptions(specOptions(run)).action((file: string, args: string[], options: SpecOptions) =>
    finish(runWasm(file, args, options, io), options)
  )
}

/** The first four bytes of every module. */
const MAGIC = Buffer.from([0, 0x61, 0x73, 0x6d])
const NOTHING = { buffer: Buffer.alloc(0), bytesRead: 0 }

/** Told here, before anybody is asked to run it. What is no file at all is told of where inputs are read. */
async function checkMagic(path: string): Promise<void> {
  const file = await open(path).catch(() => undefined)
  try {
    // a directory opens and cannot be read
    const begin = (await file?.read({ buffer: Buffer.alloc(4) }).catch(() => undefined)) ?? NOTHING
    if (file === undefined || (begin.bytesRead === 4 && begin.buffer.equals(MAGIC))) return
    throw new InvalidInputError(`${path} is no WebAssembly module`, {
      field: 'file',
      value: path,
      limit: 'a binary that begins with \\0asm',
      remedy: 'compile for WASI preview 1 (docs/engines.md)'
    })
  } finally {
    await file?.close()
  }
}

export async function runWasm(file: string, args: string[], options: SpecOptions, io: Io): Promise<ExitCode> {
  const local = absolute(file, io.cwd)
  await checkMagic(local)
  const wasm = { local, ...(args.length === 0 ? {} : { args }) }
  return submitJob(specOf({ wasm }, options, io.cwd), options, io)
}
