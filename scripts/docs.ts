// `npm run docs`: writes the generated parts of the documentation. It needs nothing but the sources; CI runs it and looks for a diff.
import { join } from 'node:path'
import { writeDocFiles, writeDocParts } from './lib/doc-parts.ts'
import { prepareTypes } from './lib/prepare.ts'
import { writeReference } from './lib/types/reference.ts'
import { MODEL } from './lib/types/rollup.ts'

const root = join(import.meta.dirname, '..')
await prepareTypes()
const changed = [...writeDocParts(root), ...writeDocFiles(root), ...writeReference(root, MODEL)]
console.log(changed.length === 0 ? 'documentation is up to date' : `written: ${[...new Set(changed)].join(', ')}`)
