import { z } from 'zod'
import type { Outcome } from '../../../protocols/job/schema.ts'
import type { JobDirs, RunOptions, RunOutcome } from '../engine.ts'
import { encodeFrame, type Frame, MAX_BODY_BYTES } from './frames.ts'
import { InputFiles, NoInputError } from './input-files.ts'
import type { SandboxJob } from './job.ts'
import { BadPathError } from './ledger.ts'
import { DIRECTORY_BYTES, type FromSandbox, PIECE_BYTES, type SandboxEnd, type ToSandbox } from './messages.ts'
import { OutputFiles } from './output-files.ts'
import type { Program } from './program.ts'
import type { Sandbox } from './spawn.ts'

const path = z.string().max(4096)
const id = z.int().min(1)
const offset = z.int().min(0)
const length = z.int().min(0).max(PIECE_BYTES)
const status = z.enum(['timeout', 'out-of-memory', 'disk-full', 'engine-error'])
const reason = z.string().max(2000)
/** What a sandbox may say: it is hostile from the moment the program starts. */
const fromSandbox = z.union([
  z.strictObject({ type: z.literal('log'), stream: z.enum(['stdout', 'stderr']) }),
  z.strictObject({ type: z.literal('write'), path, append: z.boolean() }),
  z.strictObject({ type: z.literal('mkdir'), path }),
  z.strictObject({ type: z.literal('read'), id, path, offset, length }),
  z.strictObject({ type: z.literal('program'), id, offset, length }),
  z.strictObject({ type: z.enum(['list', 'size', 'entries']), id, path }),
  z.strictObject({ type: z.literal('collecting') }),
  z.strictObject({ type: z.literal('end'), status: z.literal('exited'), exitCode: z.int().min(0).max(255) }),
  z.strictObject({ type: z.literal('end'), status, reason })
])

export type Ending = Pick<RunOutcome, 'status' | 'exitCode' | 'reason'>
export const ended = (status: Outcome, reason: string): Ending => ({ status, reason })

type Message = Exclude<FromSandbox, SandboxEnd>
type Question = Extract<FromSandbox, { id: number }>

export interface ConversationInit {
  sandbox: Sandbox
  job: SandboxJob
  dirs: JobDirs
  onLog: RunOptions['onLog']
  /** the program is over and what it left is on its way */
  onCollecting(): void
}

/** Answers what a sandbox asks until it says how the program ended. */
export class Conversation {
  readonly #init: ConversationInit
  readonly #inputs: InputFiles
  readonly #outputs: OutputFiles

  constructor(init: ConversationInit) {
    this.#init = init
    const { spec } = init.job
    this.#inputs = new InputFiles(spec.inputs, init.dirs.inputs)
    this.#outputs = new OutputFiles(spec.outputs, spec.resources.diskBytes, init.dirs.outputs)
  }

  /** undefined when the sandbox is gone without one. @throws QuotaError and others, after which the sandbox is of no use */
  async untilEnd(): Promise<Ending | undefined> {
    const { sandbox, job } = this.#init
    const program = await job.program()
    try {
      this.#send({ ...job.run, programBytes: program.sizeBytes })
      for await (const frame of sandbox.frames()) {
        const message = fromSandbox.parse(frame.header) as FromSandbox
        if (message.type === 'end') return endingOf(message)
        await this.#handle(message, frame, program)
      }
      return undefined
    } finally {
      await this.#inputs.close()
      await program.close()
    }
  }

  #send(message: ToSandbox, body?: Uint8Array): void {
    this.#init.sandbox.send(encodeFrame(message, body))
  }

  async #handle(message: Message, { body }: Frame, program: Program): Promise<void> {
    switch (message.type) {
      case 'ready':
        return
      case 'collecting':
        return this.#init.onCollecting()
      case 'log':
        this.#init.onLog(message.stream, Uint8Array.from(body))
        return this.#ack(body.byteLength)
      case 'write':
        await named(this.#outputs.write(message.path, body, message.append))
        return this.#ack(body.byteLength)
      case 'mkdir':
        await named(this.#outputs.directory(message.path))
        return this.#ack(DIRECTORY_BYTES)
      default:
        return await this.#answer(message, program)
    }
  }

  #ack(bytes: number): void {
    this.#send({ type: 'ack', bytes })
  }

  async #answer(message: Question, program: Program): Promise<void> {
    const { id } = message
    try {
      if (message.type === 'size')
        return this.#send({ type: 'reply', id, value: await this.#inputs.size(message.path) })
      const body = await this.#bytesFor(message, program)
      if (body.byteLength > MAX_BODY_BYTES) throw new NoInputError('inputs', 'too many to list')
      this.#send({ type: 'reply', id }, body)
    } catch (error) {
      // a host path must not reach the program through the text of a system error
      const told = error instanceof NoInputError || error instanceof BadPathError
      const what = message.type === 'program' ? 'the program' : message.path
      this.#send({ type: 'reply', id, error: told ? error.message : `${what}: cannot be read` })
    }
  }

  async #bytesFor(message: Exclude<Question, { type: 'size' }>, program: Program): Promise<Uint8Array> {
    switch (message.type) {
      case 'list':
        return Buffer.from(JSON.stringify(await this.#inputs.list(message.path)))
      case 'entries':
        return Buffer.from(JSON.stringify(await this.#inputs.entries(message.path)))
      case 'read':
        return await this.#inputs.read(message.path, message.offset, message.length)
      case 'program':
        return await program.read(message.offset, message.length)
    }
  }
}

/** The sandbox has checked the name: one that is bad here comes from a broken sandbox. */
async function named(writing: Promise<void>): Promise<void> {
  try {
    await writing
  } catch (error) {
    if (error instanceof BadPathError) throw new Error(`the sandbox is broken: ${error.message}`)
    throw error
  }
}

function endingOf(end: SandboxEnd): Ending {
  if (end.status === 'exited') return { status: 'exited', exitCode: end.exitCode }
  return ended(end.status, end.reason)
}
