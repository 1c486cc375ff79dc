// A local chain with the contracts on it, until Ctrl-C: `npm run chain -- [--port 8545] [--json]`.
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { startDevChain } from './lib/dev-chain.ts'

const DEFAULT_PORT = 8545
/** Deadlines pass by chain time, which must go on when nobody sends anything. */
const BLOCK_TIME_SEC = 1

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: String(DEFAULT_PORT) }, json: { type: 'boolean', default: false } }
  })
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    console.error(`--port ${values.port}: expected a port from 0 (any free one) to 65535`)
    process.exitCode = 1
    return
  }
  const chain = await startDevChain({ port, blockTimeSec: BLOCK_TIME_SEC })
  const { url, chainId, token, escrow, court, board, modules, startBlock, anvil } = chain
  const summary = {
    rpc: url,
    chainId,
    token,
    escrow,
    court,
    board,
    modules,
    startBlock: Number(startBlock),
    pid: anvil.pid
  }
  if (values.json) console.log(JSON.stringify(summary))
  else {
    for (const [name, value] of Object.entries(summary)) console.log(`${name.padEnd(11)}${value}`)
    console.log('running; Ctrl-C ends it')
  }
  await Promise.race([anvil.exited, ...['SIGINT', 'SIGTERM'].map(name => once(process, name))])
  await anvil.stop()
}

if (import.meta.main) {
  main().catch((error: Error) => {
    console.error(error.message)
    process.exitCode = 1
  })
}
