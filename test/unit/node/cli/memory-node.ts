import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dcn } from '../../../../node/cli/program.ts'
import { type ApiServer, apiServer } from '../../../../node/http/server.ts'
import { type MemoryApi, memoryApi } from '../http/memory-api.ts'
import { type MemoryIo, memoryIo } from './memory-io.ts'

/** A node in memory behind its real HTTP server, and somebody who types commands in `dir`/work. */
export interface MemoryNode {
  readonly dir: string
  readonly api: MemoryApi
  readonly server: ApiServer
  /** of the commands since the last `renew` */
  readonly io: MemoryIo
  renew(init?: Parameters<typeof memoryIo>[0]): void
  run(...args: string[]): Promise<number>
  stop(): Promise<void>
}

export async function memoryNode(): Promise<MemoryNode> {
  const dir = mkdtempSync(join(tmpdir(), 'dcn-cli-'))
  mkdirSync(join(dir, 'work'))
  const api = memoryApi()
  const server = apiServer({ dataDir: join(dir, 'data') })({ api })
  await server.start()
  const fresh = (init: Parameters<typeof memoryIo>[0] = {}): MemoryIo =>
    memoryIo({ env: { DCN_DATA_DIR: join(dir, 'data') }, cwd: join(dir, 'work'), ...init })
  let io = fresh()
  return {
    dir,
    api,
    server,
    get io() {
      return io
    },
    renew: init => {
      io = fresh(init)
    },
    run: (...args) => dcn(args, io),
    async stop() {
      await server.stop()
      api.hub.close()
      rmSync(dir, { recursive: true, force: true })
    }
  }
}
