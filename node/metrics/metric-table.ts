import { METRICS } from './rows.ts'

/** The metrics as a Markdown table, for docs/monitoring.md. */
export function metricTable(): string {
  const rows = METRICS.map(({ name, labels = [], help }) => {
    const of = labels.map(label => `\`${label}\``).join(', ')
    return `| \`${name}\` | ${of} | ${help} |`
  })
  return ['| metric | labels | meaning |', '| --- | --- | --- |', ...rows].join('\n')
}
