import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CID } from 'multiformats/cid'

/** Which DAG is kept for whom. Durable: what is added before a crash is there after it. */
export interface PinTable {
  open(): void
  close(): void
  add(cid: CID, owner: string): void
  removeOwner(owner: string): void
  /** every pinned root, once */
  roots(): CID[]
}

/** Pins in an SQLite file of their own (helia's pins lose a block when two pins of one DAG overlap). */
export function sqlitePins(path: string): PinTable {
  let db: DatabaseSync | undefined
  const open = (): DatabaseSync => {
    if (db === undefined) throw new Error('the pin table is closed')
    return db
  }
  return {
    open() {
      if (db !== undefined) return
      if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
      db = new DatabaseSync(path)
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000')
      db.exec(`CREATE TABLE IF NOT EXISTS pins (
        owner TEXT NOT NULL, cid BLOB NOT NULL, PRIMARY KEY (owner, cid)) STRICT, WITHOUT ROWID`)
    },
    close() {
      db?.close()
      db = undefined
    },
    add(cid, owner) {
      open().prepare('INSERT OR IGNORE INTO pins (owner, cid) VALUES (?, ?)').run(owner, cid.bytes)
    },
    removeOwner(owner) {
      open().prepare('DELETE FROM pins WHERE owner = ?').run(owner)
    },
    roots() {
      const rows = open().prepare('SELECT DISTINCT cid FROM pins').all()
      return rows.map(row => CID.decode(row['cid'] as Uint8Array))
    }
  }
}
