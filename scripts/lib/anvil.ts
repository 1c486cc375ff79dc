import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { foundryBinary } from './foundry.ts'

export interface Anvil {
  /** HTTP JSON-RPC endpoint on loopback */
  url: string
  port: number
  chainId: number
  pid: number
  /** resolves when the process is gone, whoever ended it */
  exited: Promise<unknown>
  /** ends the process; idempotent */
  stop(): Promise<void>
}

export interface AnvilOptions {
  /** @default 0, any free port */
  port?: number
  /** a block at least this often beside the one per transaction, so that chain time goes on when nothing happens */
  blockTimeSec?: number
  /** @default 31337 */
  chainId?: number
  /** time of the first block, unix s: chains of different times are different chains. @default now */
  genesisSec?: number
}

/** anvil's own chain id: where its unlocked, funded accounts exist. */
export const ANVIL_CHAIN_ID = 31_337
/** anvil answers in about 0.1 s; a machine under load gets a hundred times that. */
const START_TIMEOUT_MS = 15_000
const STOP_TIMEOUT_MS = 2_000
/** the tail of its output kept for the error message */
const OUTPUT_CHARS = 4_000

/**
 * Starts a local chain on loopback and waits until it listens.
 *
 * @throws Error when it does not come up: its own last output is in the message
 */
export async function startAnvil({
  port = 0,
  blockTimeSec,
  chainId = ANVIL_CHAIN_ID,
  genesisSec
}: AnvilOptions = {}): Promise<Anvil> {
  // states older than the 500 newest are dropped: by default they pile up as files below the home directory
  const args = ['--port', String(port), '--host', '127.0.0.1', '--chain-id', String(chainId)]
  args.push('--max-persisted-states', '0')
  if (genesisSec !== undefined) args.push('--timestamp', String(genesisSec))
  if (blockTimeSec !== undefined) args.push('--block-time', String(blockTimeSec), '--mixed-mining')
  const child = spawn(foundryBinary('anvil'), args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit').catch(() => {})
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  try {
    const bound = await listening(child, port)
    return {
      url: `http://127.0.0.1:${bound}`,
      port: bound,
      chainId,
      pid: child.pid ?? 0,
      exited,
      stop: () => stop(child)
    }
  } catch (error) {
    await stop(child)
    throw error
  }
}

function listening(child: ChildProcess, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = ''
    const timer = setTimeout(() => reject(new Error(`anvil did not start in time: ${output}`)), START_TIMEOUT_MS)
    const onData = (chunk: Buffer) => {
      output = `${output}${chunk.toString()}`.slice(-OUTPUT_CHARS)
      const port = /Listening on [^\s:]+:(\d+)/.exec(output)?.[1]
      if (port === undefined) return
      clearTimeout(timer)
      child.stdout?.off('data', onData).resume()
      child.stderr?.off('data', onData).resume()
      resolve(Number(port))
    }
    child.stdout?.on('data', onData)
    child.stderr?.on('data', onData)
    child.once('error', error => {
      clearTimeout(timer)
      reject(error)
    })
    child.once('exit', code => {
      clearTimeout(timer)
      const isTaken = /address already in use|os error (98|48)\b/i.test(output)
      reject(isTaken ? portTaken(port) : new Error(`anvil ended with ${code}: ${output}`))
    })
  })
}

const portTaken = (port: number): Error =>
  new Error(
    `port ${port} of 127.0.0.1 is taken, perhaps by a chain that still runs: end it, or give --port 0 for any free port`
  )

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await gone
  clearTimeout(timer)
}
