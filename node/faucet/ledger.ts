import { randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import type { Address } from '../../protocols/common/values.ts'
import { FaucetWorkError } from './errors.ts'
import { dayOf, type Limits, limitReached } from './limits.ts'

/** sent: it will be given; done: it was; failed: nothing was given, and another claim may be made. */
export type ClaimState = 'sent' | 'done' | 'failed'

export interface Claim {
  id: number
  account: Address
  /** of the account at the contract */
  turn: number
  /** unix ms */
  at: number
  state: ClaimState
  transaction?: string
}

export interface NewClaim {
  account: Address
  turn: number
  /** what tells one network address from another, see `clientNet` */
  net: string
  nowMs: number
  /** the work that was done for it */
  work?: { mark: string; until: number }
}

/** What is kept of claims and of solved challenges: whoever claimed today, or is given something now. */
const KEEP_DAYS = 2
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS secret (only INTEGER PRIMARY KEY CHECK (only = 0), value BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS claims (
    id INTEGER PRIMARY KEY, scope TEXT NOT NULL, account TEXT NOT NULL, turn INTEGER NOT NULL, net TEXT NOT NULL,
    at INTEGER NOT NULL, day INTEGER NOT NULL, state TEXT NOT NULL, hash TEXT) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS claims_once ON claims (scope, account, turn) WHERE state <> 'failed';
  CREATE INDEX IF NOT EXISTS claims_by_day ON claims (day, net);
  CREATE TABLE IF NOT EXISTS solved (mark TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;`

/**
 * The claims of a faucet, on disk before anything is given: limits hold over a restart, and what was promised is given after it.
 */
export class Ledger {
  readonly #path: string
  #db: DatabaseSync | undefined
  #scope = ''

  /** @param path of its SQLite file */
  constructor(path: string) {
    this.#path = path
  }

  /** @param scope names the contract and its chain: turns at another one are other turns */
  open(scope: string): void {
    this.#scope = scope
    if (this.#db !== undefined) return
    this.#db = new DatabaseSync(this.#path)
    this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000')
    this.#db.exec(SCHEMA)
    this.#db.prepare('INSERT OR IGNORE INTO secret (only, value) VALUES (0, ?)').run(randomBytes(32))
  }

  close(): void {
    this.#db?.close()
    this.#db = undefined
  }

  /** 32 bytes that no other node has. */
  get secret(): Uint8Array {
    return this.#open().prepare('SELECT value FROM secret').get()?.['value'] as Uint8Array
  }

  /**
   * Writes a claim down, or finds the one of the same turn that is there already. All in one transaction: of claims at the same
   * time, one is counted.
   *
   * @throws FaucetLimitError, FaucetWorkError when its work was used already
   */
  enter({ account, turn, net, nowMs, work }: NewClaim, limits: Limits): { claim: Claim; isNew: boolean } {
    const db = this.#open()
    db.exec('BEGIN IMMEDIATE')
    try {
      const known = this.ofTurn(account, turn)
      if (known === undefined) {
        const full = limitReached({ ofIp: this.#countOf(nowMs, net), ofDay: this.today(nowMs) }, limits, nowMs)
        if (full !== undefined) throw full
        if (work !== undefined) this.#spend(work)
        const row = [this.#scope, account, turn, net, nowMs, dayOf(nowMs)] as const
        db.prepare(
          `INSERT INTO claims (scope, account, turn, net, at, day, state) VALUES (?, ?, ?, ?, ?, ?, 'sent')`
        ).run(...row)
      }
      const claim = known ?? this.ofTurn(account, turn)
      db.exec('COMMIT')
      if (claim === undefined) throw new TypeError('a claim that was written is not there')
      return { claim, isNew: known === undefined }
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK')
      throw error
    }
  }

  end({ id }: Claim, state: 'done' | 'failed', transaction?: string): void {
    this.#open()
      .prepare('UPDATE claims SET state = ?, hash = ? WHERE id = ?')
      .run(state, transaction ?? null, id)
  }

  /** The claim of a turn that did not fail. */
  ofTurn(account: Address, turn: number): Claim | undefined {
    const row = this.#open()
      .prepare(`SELECT * FROM claims WHERE scope = ? AND account = ? AND turn = ? AND state <> 'failed'`)
      .get(this.#scope, account, turn)
    return row === undefined ? undefined : claimOf(row)
  }

  /** The last claim of an account. */
  last(account: Address): Claim | undefined {
    const row = this.#open()
      .prepare('SELECT * FROM claims WHERE scope = ? AND account = ? ORDER BY id DESC LIMIT 1')
      .get(this.#scope, account)
    return row === undefined ? undefined : claimOf(row)
  }

  /** What was promised and not yet given, oldest first. */
  underWay(): Claim[] {
    const rows = this.#open().prepare(`SELECT * FROM claims WHERE scope = ? AND state = 'sent' ORDER BY id`)
    return rows.all(this.#scope).map(claimOf)
  }

  /** Claims of today, those that failed left out. */
  today(nowMs: number): number {
    const rows = this.#open().prepare(`SELECT count(*) AS n FROM claims WHERE day = ? AND state <> 'failed'`)
    return Number(rows.get(dayOf(nowMs))?.['n'])
  }

  /** Forgets who claimed on days that are over, and challenges that are no longer taken. */
  prune(nowMs: number): void {
    const db = this.#open()
    db.prepare(`DELETE FROM claims WHERE day < ? AND state <> 'sent'`).run(dayOf(nowMs) - KEEP_DAYS)
    db.prepare('DELETE FROM solved WHERE until < ?').run(nowMs)
  }

  /** Failed ones count here: who tries again and again pays with its own share. */
  #countOf(nowMs: number, net: string): number {
    const rows = this.#open().prepare('SELECT count(*) AS n FROM claims WHERE day = ? AND net = ?')
    return Number(rows.get(dayOf(nowMs), net)?.['n'])
  }

  #spend({ mark, until }: { mark: string; until: number }): void {
    const { changes } = this.#open()
      .prepare('INSERT OR IGNORE INTO solved (mark, until) VALUES (?, ?)')
      .run(mark, until)
    if (changes === 0) throw new FaucetWorkError('this challenge was used already', 'challenge')
  }

  #open(): DatabaseSync {
    if (this.#db === undefined) throw new TypeError('the ledger is closed')
    return this.#db
  }
}

function claimOf(row: Record<string, unknown>): Claim {
  const transaction = row['hash']
  return {
    id: Number(row['id']),
    account: String(row['account']) as Address,
    turn: Number(row['turn']),
    at: Number(row['at']),
    state: row['state'] as ClaimState,
    ...(typeof transaction === 'string' ? { transaction } : {})
  }
}
