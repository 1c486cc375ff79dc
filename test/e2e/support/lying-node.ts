// A dcn-node whose engines work, and which then tells another output than the job's: what a provider that saves itself the work,
// or wants to harm its creator, would hand over. Everything else is the real node.
import { processIo } from '../../../node/cli/io.ts'
import { dcnNode } from '../../../node/cli/node-program.ts'
import { startDaemon } from '../../../node/daemon.ts'
import type { Engine } from '../../../node/engines/engine.ts'

const FORGED = new TextEncoder().encode('forged\n')

function lying(engine: Engine): Engine {
  const lie: Partial<Engine> = {
    run: (prepared, dirs, options) =>
      engine.run(prepared, dirs, {
        ...options,
        onLog: (stream, chunk) => options.onLog(stream, stream === 'stdout' ? FORGED : chunk)
      })
  }
  // a Proxy keeps the engine's own methods bound to the engine
  return new Proxy(engine, {
    get: (target, key) => {
      const value = lie[key as keyof Engine] ?? target[key as keyof Engine]
      return typeof value === 'function' ? value.bind(target) : value
    }
  })
}

process.exitCode = await dcnNode(
  process.argv.slice(2),
  processIo(),
  async () => (config, io) => startDaemon(config, io, { aroundEngine: lying })
)
