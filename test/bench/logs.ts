import { readFileSync } from 'node:fs'
import { busyboxImage } from '../../scripts/lib/docker-image.ts'
import { atMost, type Benchmark, figure, type Measured, percentile, times } from './measure.ts'
import { withNetwork } from './network.ts'

const LINES = 100
/** Of the clock below: what two readings of it may hide. */
const STEP_MS = 10
/**
 * A line says when it was written, by the one clock that a container and this process share: seconds since the host's start, in hundredths.
 * Scripts under this engine have no clock at all, which is why a container measures for all of them.
 */
const PROGRAM = `i=0; while [ $i -lt ${LINES} ]; do cat /proc/uptime; sleep 0.05; i=$((i+1)); done`

/** From the program's write in a container to the reader of the creator's API, which is what `dcn job logs -f` prints. */
export const logs: Benchmark = {
  name: 'logs',
  about: `${LINES} lines of a container, followed live over three processes`,
  async run(): Promise<Measured[]> {
    const image = await busyboxImage()
    if ('missing' in image) {
      console.error(`logs skipped: ${image.missing}`)
      return []
    }
    try {
      return await withNetwork(async (_network, { client }) => {
        const docker = { image: image.id, args: ['sh', '-c', PROGRAM] }
        const { id } = await client.submit({ spec: { engine: { docker }, outputs: [] } })
        const waits: number[] = []
        let rest = ''
        for await (const { bytes } of client.logs(id, { follow: true })) {
          const now = uptimeMs()
          const lines = (rest + Buffer.from(bytes).toString()).split('\n')
          rest = lines.pop() ?? ''
          waits.push(...lines.map(line => now - written(line)))
        }
        if (waits.length !== LINES) throw new Error(`${waits.length} of ${LINES} lines came`)
        const request = await times(LINES, () => client.info())
        const at = (share: number) =>
          figure({
            metric: `a container's write → creator's reader, p${share * 100}, a step of the clock included`,
            unit: 'ms',
            samples: [percentile(waits, share) + STEP_MS],
            baseline: { what: "a request to the creator's API", samples: [percentile(request, share)] },
            target: atMost(100, 'ms')
          })
        return [at(0.5), at(0.99)]
      })
    } finally {
      await image.remove()
    }
  }
}

const written = (line: string): number => Number(line.split(' ')[0]) * 1000

const uptimeMs = (): number => written(readFileSync('/proc/uptime', 'utf8'))
