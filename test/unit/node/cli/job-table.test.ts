import assert from 'node:assert/strict'
import { jobTable } from '../../../../node/cli/job-table.ts'
import type { JobSummary } from '../../../../node/http/views.ts'

const TOKEN = { symbol: 'DCN', decimals: 6 }
const NOW = Date.parse('2026-08-02T12:00:00Z')
const OLD: JobSummary = {
  id: 'jp3qul25t5ymoaa7r',
  seq: 1,
  name: 'nightly',
  engine: 'docker',
  state: 'done',
  exitCode: 0,
  price: '1234567',
  provider: `0x${'b2'.repeat(20)}`,
  createdAt: Date.parse('2026-07-30T23:59:58Z'),
  updatedAt: 1
}
const NEW: JobSummary = {
  ...{ id: 'jaaaaaaaaaaaaaaab', seq: 2, engine: 'wasm', type: 'ops', state: 'unmatched' },
  ...{ createdAt: NOW - 60_000, updatedAt: 1 }
}
const LIST = { total: 2, jobs: [NEW, OLD] }

/** The rows of a table, each cell by its heading. */
function cells(text: string): Record<string, string>[] {
  const [head = '', ...rows] = text.trimEnd().split('\n').slice(0, -1)
  const starts = [...head.matchAll(/\S+/g)].map(({ index }) => index)
  const split = (line: string) => starts.map((start, i) => line.slice(start, starts[i + 1]).trim())
  const headings = split(head)
  return rows.map(row => Object.fromEntries(split(row).map((cell, i) => [headings[i] ?? '', cell])))
}
const headings = (text: string): string[] => Object.keys(cells(text)[0] ?? {})

const KNOWN = ['CREATED', 'ID', 'JOB', 'TYPE', 'STATE']

describe('cli/job-table', () => {
  it('behavior: a program that did not end by itself says how it ended in the place of its exit code', () => {
    const { exitCode: _none, ...rest } = OLD
    for (const outcome of ['timeout', 'out-of-memory', 'cancelled']) {
      const [row] = cells(jobTable({ total: 1, jobs: [{ ...rest, outcome }] }, TOKEN, { nowMs: NOW }))
      assert.deepEqual([row?.['STATE'], row?.['EXIT']], ['done', outcome])
    }
  })

  it('default: the columns that users of Bacalhau know come first, then ours, whole where nothing is cut', () => {
    const text = jobTable(LIST, TOKEN, { nowMs: NOW })
    assert.deepEqual(headings(text), [...KNOWN, 'NAME', 'EXIT', 'PRICE', 'PROVIDER'])
    assert.deepEqual(cells(text), [
      {
        ...{ CREATED: '2026-08-02 11:59:00', ID: NEW.id, JOB: 'wasm', TYPE: 'ops', STATE: 'unmatched' },
        ...{ NAME: '-', EXIT: '-', PRICE: '-', PROVIDER: '-' }
      },
      {
        ...{ CREATED: '2026-07-30 23:59:58', ID: OLD.id, JOB: 'docker', TYPE: 'batch', STATE: 'done' },
        ...{ NAME: 'nightly', EXIT: '0', PRICE: '1.234567 DCN', PROVIDER: '0xb2b2b2b2…b2b2b2' }
      }
    ])
    assert.match(text, /\n2 jobs\n$/)
  })

  it('behavior: a narrow terminal has times of today, beginnings of ids, and drops ours from the right', () => {
    const text = jobTable(LIST, TOKEN, { columns: 80, nowMs: NOW })
    assert.deepEqual(headings(text), [...KNOWN, 'NAME', 'EXIT', 'PRICE'])
    const [fresh, old] = cells(text)
    assert.deepEqual([fresh?.['CREATED'], fresh?.['ID']], ['11:59:00', 'jaaaaaaaaa'])
    assert.deepEqual([old?.['CREATED'], old?.['ID']], ['2026-07-30', 'jp3qul25t5'])
    assert.deepEqual([fresh?.['STATE'], old?.['PRICE']], ['unmatched', '1.234567 DCN'])
    assert.deepEqual(headings(jobTable(LIST, TOKEN, { columns: 50, nowMs: NOW })), KNOWN)
  })

  it('behavior: no line is wider than the terminal, down to the known columns', () => {
    const long = { ...OLD, name: 'x'.repeat(128), price: '123456789012345678901234' }
    for (let columns = 48; columns < 250; columns++) {
      const text = jobTable({ total: 9, jobs: [NEW, long] }, TOKEN, { columns, nowMs: NOW })
      const widest = Math.max(
        ...text
          .split('\n')
          .slice(0, 3)
          .map(line => line.length)
      )
      assert.ok(widest <= columns, `${widest} of ${columns}`)
      assert.deepEqual(headings(text).slice(0, 5), KNOWN)
    }
  })

  it('behavior: nothing to show, and not all shown', () => {
    assert.equal(jobTable({ total: 0, jobs: [] }, TOKEN), 'no jobs\n')
    assert.match(jobTable({ total: 3, jobs: [OLD] }, TOKEN), /the newest 1 of 3 jobs; --all shows the rest\n$/)
  })
})
