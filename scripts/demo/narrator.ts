const DECIMALS = 18n
const SHOWN = 6

/** Tells what happens: lines with times for people, NDJSON for programs. */
export class Narrator {
  readonly #json: boolean
  readonly #startedAt = Date.now()

  constructor(json: boolean) {
    this.#json = json
  }

  step(text: string, fields: Record<string, unknown> = {}): void {
    const atMs = Date.now() - this.#startedAt
    if (this.#json) this.#line({ event: 'step', atMs, text, ...fields })
    else process.stdout.write(`${(atMs / 1000).toFixed(2).padStart(7)} s  ${text}\n`)
  }

  /** a line of a job's live output */
  log(job: string, text: string): void {
    if (this.#json) this.#line({ event: 'log', atMs: Date.now() - this.#startedAt, job, text })
    else process.stdout.write(`           | ${text}\n`)
  }

  balances(title: string, ledger: Record<string, string>): void {
    this.step(title, { balances: ledger })
    if (this.#json) return
    for (const [name, units] of Object.entries(ledger)) {
      process.stdout.write(`           ${name.padEnd(12)} ${this.amount(units).padStart(16)} DCN  (${units})\n`)
    }
  }

  done(result: Record<string, unknown>, text: () => string): void {
    if (this.#json) this.#line({ event: 'done', ...result })
    else process.stdout.write(`\n${text()}`)
  }

  failed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    if (this.#json) this.#line({ event: 'failed', message })
    process.stderr.write(`demo failed: ${message}\n`)
  }

  /** whole tokens with six decimals, cut off, from the smallest unit */
  amount(units: string): string {
    const n = BigInt(units)
    const fraction = (n % 10n ** DECIMALS).toString().padStart(Number(DECIMALS), '0')
    return `${n / 10n ** DECIMALS}.${fraction.slice(0, SHOWN)}`
  }

  #line(value: unknown): void {
    process.stdout.write(`${JSON.stringify(value)}\n`)
  }
}
