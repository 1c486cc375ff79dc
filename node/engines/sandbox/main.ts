/**
 * The sandbox process: one isolate, one job or one function over slices, then it is killed. It has no environment, no network
 * where the host allows that, and talks to the node over file descriptor 3 alone. The node watches it from outside, because an
 * isolate's own limits do not hold.
 */
import { Socket } from 'node:net'
import { runJs } from '../js/isolate.ts'
import { SliceQueue } from '../js/slice-queue.ts'
import { serveSlices } from '../js/slices.ts'
import { runWasm } from '../wasm/isolate.ts'
import { SandboxChannel } from './channel.ts'
import { FrameReader } from './frames.ts'
import { garbageCollector } from './garbage.ts'
import type { RunMessage, SandboxEnd, ServeMessage, ToSandbox } from './messages.ts'

const socket = new Socket({ fd: 3, readable: true, writable: true })
const passed = garbageCollector()
const channel = new SandboxChannel(socket, passed)
const reader = new FrameReader()
const slices = new SliceQueue()
let taken = false

/** The node is gone or has done with us. SIGKILL, because a normal exit would wait for the isolate's thread. */
const die = () => process.kill(process.pid, 'SIGKILL')

async function run(job: RunMessage | ServeMessage, programBytes: number): Promise<SandboxEnd> {
  if (taken) throw new Error('a sandbox is given out once')
  taken = true
  const started = performance.now()
  const program = await channel.program(programBytes)
  if (job.type === 'serve') return await serveSlices(channel, job, program, slices)
  const deadline = started + job.timeoutMs
  return job.engine === 'wasm'
    ? await runWasm(channel, job, program, deadline)
    : await runJs(channel, job, program, deadline)
}

socket.on('data', chunk => {
  passed(chunk.byteLength)
  for (const { header, body } of reader.push(chunk)) {
    const message = header as ToSandbox
    if (message.type === 'slices') slices.push(message.indexes, body)
    else if (message.type === 'run' || message.type === 'serve') {
      run(message, message.programBytes).then(
        end => channel.end(end),
        error => channel.end({ type: 'end', status: 'engine-error', reason: String(error) })
      )
    } else channel.receive(message, body)
  }
})
socket.on('close', die)
socket.on('error', die)
channel.send({ type: 'ready' })
