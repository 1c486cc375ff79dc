// Started by the kill -9 test: writes until it dies and says after each write that it is on disk.
import { writeSync } from 'node:fs'
import { lockDataDir } from '../../../../node/journal/lock.ts'
import { sqliteJournal } from '../../../../node/journal/sqlite-journal.ts'

const dataDir = process.argv[2] ?? ''
lockDataDir(dataDir)
const journal = sqliteJournal({ path: `${dataDir}/journal.db` })
journal.start()
for (let version = journal.get('deal', 'd')?.version ?? 0; ; version++) {
  journal.append({
    kind: 'deal',
    id: 'd',
    at: version,
    event: { version, blob: new Uint8Array(1000) },
    state: { version },
    expectedVersion: version,
    done: false
  })
  writeSync(1, `${version + 1}\n`)
}
