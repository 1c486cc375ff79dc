/**
 * Writes test/vectors/{job,offers,matching,mediation,board}/*.json. The files are frozen: another implementation relies on them, so a change
 * means a new version of the protocol. Run it after adding a case: node scripts/vectors.ts
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildVectors } from '../test/vectors/build/index.ts'

const root = join(import.meta.dirname, '..', 'test', 'vectors')
for (const [path, value] of Object.entries(await buildVectors())) {
  writeFileSync(join(root, path), `${JSON.stringify(value, null, 2)}\n`)
  console.log(`wrote test/vectors/${path}`)
}
