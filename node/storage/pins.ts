import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CID } from 'multiformats/cid'

/** Which DAG is kept for whom. Durable: what is added before a crash is there after it. */
export interface PinTable {
  open(): void
  close(): void
  add(cid: CID, owner: string, announced?: boolean): void
  removeOwner(owner: string): void
  /** every pinned root, once */
  roots(): CID[]
  /** those of them that the network's routing is told of */
  announced(): CID[]
}

/** Pins in an SQLite file of their own (helia's pins lose a block when two pins of one DAG overlap). */
export function sqlitePins(path: string): PinTable {
  let db: DatabaseSync | undefined
  const open = (): DatabaseSync => {
    if (db === undefined) throw new Error('the pin table is closed')
    return db
  }
  const cidsIn = (table: 'pins' | 'announced'): CID[] => {
    const rows = open().prepare(`SELECT DISTINCT cid FROM ${table}`).all()
    return rows.map(row => CID.decode(row['cid'] as Uint8Array))
  }
  return {
    open() {
      if (db !== undefined) return
      if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
      db = new DatabaseSync(path)
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000')
      db.exec(`CREATE TABLE IF NOT EXISTS pins (
        owner TEXT NOT NULL, cid BLOB NOT NULL, PRIMARY KEY (owner, cid)) STRICT, WITHOUT ROWID`)
      db.exec(`CREATE TABLE IF NOT EXISTS announced (
        owner TEXT NOT NULL, cid BLOB NOT NULL, PRIMARY KEY (owner, cid)) STRICT, WITHOUT ROWID`)
    },
    close() {
      db?.close()
      db = undefined
    },
    add(cid, owner, announced = false) {
      open().prepare('INSERT OR IGNORE INTO pins (owner, cid) VALUES (?, ?)').run(owner, cid.bytes)
      if (announced) open().prepare('INSERT OR IGNORE INTO announced (owner, cid) VALUES (?, ?)').run(owner, cid.bytes)
    },
    removeOwner(owner) {
      for (const table of ['announced', 'pins']) open().prepare(`DELETE FROM ${table} WHERE owner = ?`).run(owner)
    },
    roots: () => cidsIn('pins'),
    announced: () => cidsIn('announced')
  }
}
