import { constants } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { OutputLedger, type OutputPlace } from './ledger.ts'

/** Writes what a job puts out, after checking name, number and size again on this side. */
export class OutputFiles {
  readonly #dir: string
  readonly #ledger: OutputLedger
  readonly #made = new Set<string>()

  constructor(outputs: { name: string; path: string }[], maxBytes: number, dir: string) {
    this.#ledger = new OutputLedger(outputs, maxBytes)
    this.#dir = dir
  }

  /** @throws QuotaError, BadPathError */
  async write(path: string, bytes: Uint8Array, append: boolean): Promise<void> {
    const file = this.#at(this.#ledger.write(path, bytes.byteLength, append))
    const dir = dirname(file)
    if (!this.#made.has(dir)) await mkdir(dir, { recursive: true })
    this.#made.add(dir)
    const how = append ? constants.O_APPEND : constants.O_TRUNC
    const handle = await open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | how, 0o644)
    try {
      await handle.writeFile(bytes)
    } finally {
      await handle.close()
    }
  }

  /** @throws QuotaError, BadPathError */
  async directory(path: string): Promise<void> {
    const dir = this.#at(this.#ledger.directory(path))
    await mkdir(dir, { recursive: true })
    this.#made.add(dir)
  }

  #at({ name, rest }: OutputPlace): string {
    return rest === '' ? join(this.#dir, name) : join(this.#dir, name, rest)
  }
}
