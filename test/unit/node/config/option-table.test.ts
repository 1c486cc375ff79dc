import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { optionTable } from '../../../../node/config/option-table.ts'

describe('config/option-table', () => {
  it('default: docs/cli.md shows every setting as it is', () => {
    const page = readFileSync(new URL('../../../../docs/cli.md', import.meta.url), 'utf8')
    assert.ok(page.includes(optionTable()), `npm run docs writes it`)
  })
})
