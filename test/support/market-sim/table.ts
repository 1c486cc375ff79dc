import type { Report } from './report.ts'

/** A report for people. */
export function tableOf(report: Report): string {
  const { simulated, bytesPerNodeSecond: bytes, spread, caughtUp, jobs, agreedMs, settledMs, fairness } = report
  const rows: [string, string][] = [
    ['nodes', `${simulated.nodes}, ${simulated.books} of them with a book, ${simulated.hostile} hostile ones besides`],
    [
      'bytes a node and second',
      `${bytes.total} (gossip ${bytes.gossip}, duplicates ${bytes.duplicates}, control ${bytes.control}, sync ${bytes.sync}, deals ${bytes.deal})`
    ],
    ['', `a creator ${bytes.creator}, the busiest node ${bytes.most}`],
    [
      'offers reach everybody in',
      `${spread.p50Ms} ms, ${spread.p99Ms} ms for one in a hundred (${spread.offers} offers, ${spread.missing} missing somewhere)`
    ],
    [
      'back after being away in',
      `${caughtUp.p50Ms} ms, ${caughtUp.p99Ms} ms for one in a hundred (${caughtUp.nodes} nodes)`
    ],
    [
      'jobs',
      `${jobs.submitted} submitted, ${jobs.agreed} agreed, ${jobs.settled} settled, ${jobs.unmatched} unmatched, ${jobs.other} ended otherwise, ${jobs.lost} lost`
    ],
    [
      'matched at rank 0',
      `${jobs.rankZeroPercent} % by the creator's book, ${jobs.bestPercent} % by all offers there were`
    ],
    ['submit to agreed', `${agreedMs.p50} ms, ${agreedMs.p99} ms for one in a hundred`],
    ['submit to settled', `${settledMs.p50} ms, ${settledMs.p99} ms for one in a hundred`],
    [
      'fairness',
      `${fairness.jobs} jobs among ${fairness.providers} equal providers: ${fairness.min} to ${fairness.max}, Jain ${fairness.jain} (chance alone: ${fairness.ofChance})`
    ],
    ['again', report.command]
  ]
  return rows.map(([name, text]) => `${name.padEnd(26)} ${text}`).join('\n')
}
