import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { parse } from 'yaml'
import { METRICS } from '../../../../node/metrics/rows.ts'

const DOCS = join(import.meta.dirname, '../../../../docs')
const read = (name: string): string => readFileSync(join(DOCS, name), 'utf8')

interface Dashboard {
  panels: { id: number; title: string; targets: { expr: string }[]; gridPos: Record<'x' | 'y' | 'w' | 'h', number> }[]
}
interface Alerts {
  groups: {
    rules: { alert: string; expr: string; annotations: Record<string, string>; labels: Record<string, string> }[]
  }[]
}

const WORDS = new Set(['sum', 'by', 'rate', 'increase', 'count', 'or', 'and', 'on', 'vector', 'time', 'label_values'])

/** Names of metrics and labels in an expression, without functions, label values and ranges. */
function namesIn(expr: string): { metrics: string[]; labels: string[] } {
  const bare = expr.replace(/"[^"]*"/g, '""').replace(/\[\w+\]/g, '')
  const inBraces = [...bare.matchAll(/\{([^}]*)\}/g)].flatMap(([, inner = '']) =>
    [...inner.matchAll(/(\w+)\s*=/g)].map(m => m[1] ?? '')
  )
  const groups = [...bare.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)].flatMap(([, inner = '']) => inner.split(/\s*,\s*/))
  const outside = bare.replace(/\{[^}]*\}/g, '').replace(/\b(?:by|on)\s*\([^)]*\)/g, '')
  const metrics = [...outside.matchAll(/[a-zA-Z_]\w*/g)].map(([name]) => name).filter(name => !WORDS.has(name))
  return { metrics, labels: [...inBraces, ...groups] }
}

describe('docs/monitoring', () => {
  const dashboard = JSON.parse(read('monitoring/grafana-dashboard.json')) as Dashboard
  const alerts = (parse(read('monitoring/prometheus-alerts.yml')) as Alerts).groups.flatMap(({ rules }) => rules)
  const own = new Map(METRICS.map(({ name, labels = [] }) => [name as string, labels]))
  let known: Set<string>

  before(async () => {
    const register = new Registry()
    collectDefaultMetrics({ register })
    const ofProcess = (await register.getMetricsAsJSON()).map(({ name }) => name)
    known = new Set([...own.keys(), ...ofProcess, 'up'])
  })

  function check(expr: string, where: string): void {
    const { metrics, labels } = namesIn(expr)
    assert.ok(metrics.length > 0, where)
    for (const name of metrics) assert.ok(known.has(name), `${where}: there is no metric ${name}`)
    const allowed = new Set(['instance', 'job', ...metrics.flatMap(name => own.get(name) ?? [])])
    for (const label of labels) assert.ok(allowed.has(label), `${where}: ${metrics.join()} has no label ${label}`)
    for (const [open, close] of ['()', '{}', '[]'].map(pair => [...pair] as [string, string])) {
      assert.equal(expr.split(open).length, expr.split(close).length, where)
    }
  }

  it('default: every panel reads metrics and labels that there are', () => {
    for (const { title, targets } of dashboard.panels) for (const { expr } of targets) check(expr, title)
  })

  it('default: every alert reads metrics and labels that there are, and says what to do', () => {
    for (const { alert, expr, annotations, labels } of alerts) {
      check(expr, alert)
      assert.ok(annotations['summary'] && annotations['action'], alert)
      assert.match(labels['severity'] ?? '', /^(critical|warning)$/)
    }
    assert.equal(new Set(alerts.map(({ alert }) => alert)).size, alerts.length)
  })

  it('behavior: each metric is on a panel, and panels do not overlap', () => {
    const shown = new Set(
      dashboard.panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => namesIn(expr).metrics))
    )
    assert.deepEqual(
      [...own.keys()].filter(name => !shown.has(name)),
      []
    )
    const cells = new Set<string>()
    for (const {
      title,
      gridPos: { x, y, w, h }
    } of dashboard.panels) {
      assert.ok(x + w <= 24, title)
      for (let i = x; i < x + w; i++) {
        for (let j = y; j < y + h; j++) {
          assert.ok(!cells.has(`${i} ${j}`), title)
          cells.add(`${i} ${j}`)
        }
      }
    }
  })

  it('error: a name that is none is found', () => {
    assert.throws(() => check('rate(dcn_no_such_total[5m])', 'x'))
    assert.throws(() => check('dcn_network_peers{place="x"}', 'x'))
  })
})
