import type { DatabaseSync } from 'node:sqlite'
import { JournalVersionError } from './errors.ts'

/** One entry per schema version, never edited once released. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE machines (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     kind TEXT NOT NULL,
     id TEXT NOT NULL,
     state TEXT NOT NULL,
     version INTEGER NOT NULL,
     done INTEGER NOT NULL,
     created_at INTEGER NOT NULL,
     updated_at INTEGER NOT NULL,
     UNIQUE (kind, id)
   ) STRICT;
   CREATE INDEX machines_by_kind ON machines (kind, done, seq);
   CREATE TABLE events (
     machine INTEGER NOT NULL REFERENCES machines (seq),
     version INTEGER NOT NULL,
     at INTEGER NOT NULL,
     event TEXT NOT NULL,
     PRIMARY KEY (machine, version)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE entries (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
  // the state of a machine has tens of kilobytes; a list reads some hundred bytes of each
  `CREATE TABLE summaries (
     machine INTEGER PRIMARY KEY REFERENCES machines (seq),
     done INTEGER NOT NULL,
     created_at INTEGER NOT NULL,
     state TEXT NOT NULL,
     name TEXT,
     sweep TEXT,
     view TEXT NOT NULL
   ) STRICT;
   CREATE INDEX summaries_by_sweep ON summaries (sweep, machine) WHERE sweep IS NOT NULL;`
]

/**
 * Brings the schema up to date; each step and its row in `migrations` are one transaction.
 *
 * @throws JournalVersionError when the file is newer than this program
 */
export function migrate(db: DatabaseSync, path: string, now: () => number): void {
  db.exec('CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT')
  const row = db.prepare('SELECT coalesce(max(version), 0) AS version FROM migrations').get()
  const version = Number(row?.['version'] ?? 0)
  if (version > MIGRATIONS.length) throw new JournalVersionError(path, version, MIGRATIONS.length)
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < version) continue
    db.exec('BEGIN IMMEDIATE')
    try {
      db.exec(sql)
      db.prepare('INSERT INTO migrations (version, at) VALUES (?, ?)').run(index + 1, now())
      db.exec('COMMIT')
    } catch (error) {
      db.exec('ROLLBACK')
      throw error
    }
  }
}
