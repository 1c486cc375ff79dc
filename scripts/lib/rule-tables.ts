// The rule books that the contract tests run (contracts/test/tables), as markdown for the docs. A page names its table between
// two markers; what stands between them is replaced.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { replaceBetween } from './markers.ts'

type Check = 'who' | 'state' | 'when'

interface Row {
  /** in the order in which the call makes them; each names its error */
  checks: Check[]
  who?: string
  state?: string
  when?: string
  /** column → who may, and when; or the error it fails with there. `every` stands for all that are not named. */
  cells: Record<string, string>
}

interface RuleTable {
  columns: Record<string, string>
  rows: Record<string, Row>
}

const CHECK_TITLES: Record<Check, string> = { who: 'caller', state: 'state', when: 'time' }

/** Table → page that shows it. */
export const RULE_PAGES = [
  { table: 'escrow', page: 'docs/settlement.md' },
  { table: 'court', page: 'docs/court.md' },
  { table: 'board', page: 'docs/board.md' },
  { table: 'majority', page: 'docs/board.md' }
] as const

export function writeRuleTables(root: string): void {
  for (const { table, page } of RULE_PAGES) {
    const rules = JSON.parse(
      readFileSync(join(root, 'contracts', 'test', 'tables', `${table}.json`), 'utf8')
    ) as RuleTable
    const file = join(root, page)
    const begin = `<!-- rules of ${table}: by npm run generate -->`
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, replaceBetween(page, text, begin, '<!-- end of rules -->', renderRules(rules)))
  }
}

export function renderRules({ columns, rows }: RuleTable): string {
  const head = ['call', ...Object.values(columns), 'checks, first to last']
  const body = Object.entries(rows).map(([call, row]) => [
    `\`${call}\``,
    ...Object.keys(columns).map(column => cellOf(row.cells[column] ?? row.cells.every)),
    row.checks.map(check => `${CHECK_TITLES[check]} \`${errorName(row[check] ?? '')}\``).join(', ')
  ])
  return [head, head.map(() => '---'), ...body].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

function cellOf(rule: string | undefined): string {
  if (rule === undefined) return ''
  return rule.includes('(') ? `\`${errorName(rule)}\`` : rule.replace('<=', '≤')
}

const errorName = (signature: string): string => signature.slice(0, signature.indexOf('('))
