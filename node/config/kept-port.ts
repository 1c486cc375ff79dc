import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'

const ANY_PORT = '/tcp/0'
const file = (dataDir: string): string => join(dataDir, 'port')

/**
 * "Any free port" means the one of the last time while it is free: an invite that was handed out stays good over a
 * restart.
 */
export async function withKeptPort(dataDir: string, listen: readonly string[]): Promise<string[]> {
  const port = existsSync(file(dataDir)) ? Number.parseInt(await readFile(file(dataDir), 'utf8'), 10) : Number.NaN
  const usable = Number.isInteger(port) && port > 0 && port < 65_536 && (await isFree(port))
  return listen.map(addr => (usable && addr.endsWith(ANY_PORT) ? addr.replace(ANY_PORT, `/tcp/${port}`) : addr))
}

/** Remembers the port this node listens on. */
export async function keepPort(dataDir: string, addrs: readonly string[]): Promise<void> {
  const port = addrs.map(addr => /\/tcp\/(\d+)/.exec(addr)?.[1]).find(p => p !== undefined)
  if (port !== undefined) await writeFile(file(dataDir), `${port}\n`, { mode: 0o600 })
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ port, exclusive: true }, () => probe.close(() => resolve(true)))
  })
}
