import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { compileForeign, renderForeign } from '../../protocols/modules/foreign/render.ts'
import { exitOf } from './jobs.ts'
import { atMost, type Benchmark, figure, times } from './measure.ts'
import { withNetwork } from './network.ts'

const TEMPLATES = 1000
const ROUNDS = 9
/** As large as real modules are: 12 variables, half of them optional. */
const VARIABLES = Array.from({ length: 12 }, (_, i) =>
  i % 2 === 0 ? `"{{ subst "V${i}=%s" .V${i} }}"` : `"V${i}={{ or .V${i} "${i}" }}"`
)
const SOURCE = `{
  "machine": { "gpu": 1, "cpu": 1000, "ram": 8000 },
  "job": { "APIVersion": "V1beta1", "Spec": {
    "Engine": "Docker",
    "Docker": {
      "Image": "example/picture:1",
      "EnvironmentVariables": [ {{ if .Prompt }}"{{ subst "PROMPT=%s" .Prompt }}"{{ else }}"PROMPT=a cow"{{ end }}, ${VARIABLES.join(', ')} ]
    },
    "Resources": { "GPU": "1" }, "Timeout": 1800
  } }
}`
const INPUTS = new Map([
  ['Prompt', 'a cow on the moon, as a photograph'],
  ...VARIABLES.flatMap((_, i): [string, string][] => (i % 2 === 0 ? [[`V${i}`, `value ${i}`]] : []))
])

/** Reading and rendering a template each time, beside what comes after it: parsing the JSON. */
export const templates: Benchmark = {
  name: 'templates',
  about: `reading and rendering ${TEMPLATES} templates of ${SOURCE.length} characters`,
  async run() {
    const render = (): string => renderForeign(compileForeign(SOURCE, 'lilypad'), INPUTS).text
    const json = render()
    const many = (work: () => unknown) => async (): Promise<void> => {
      for (let i = 0; i < TEMPLATES; i++) work()
    }
    await times(2, many(render))
    return [
      figure({
        metric: `${TEMPLATES} templates, read and rendered`,
        unit: 'ms',
        samples: await times(ROUNDS, many(render)),
        baseline: {
          what: `JSON.parse of what they print, ${TEMPLATES} times`,
          samples: await times(
            ROUNDS,
            many(() => JSON.parse(json))
          )
        },
        target: atMost(1000, 'ms')
      })
    ]
  }
}

const DCN = join(import.meta.dirname, '..', '..', 'dist', 'bin', 'dcn.mjs')
const WARM_UP = 3
const MOOS = 15

/** From the start of `dcn` to the moo on the terminal, and to its end. */
export const moo: Benchmark = {
  name: 'moo',
  about: 'dcn run cowsay on a warm network of separate processes',
  run: () =>
    withNetwork(async (_network, creator) => {
      for (let i = 0; i < WARM_UP; i++) await mooOf(creator.dataDir)
      const samples: number[] = []
      for (let i = 0; i < MOOS; i++) samples.push(await mooOf(creator.dataDir))
      const start = await times(MOOS, () => exitOf(process.execPath, ['-e', '0']))
      return [
        figure({
          metric: 'dcn run cowsay → moo on the terminal',
          unit: 'ms',
          samples,
          baseline: { what: 'node -e 0', samples: start },
          target: atMost(1000, 'ms')
        })
      ]
    })
}

async function mooOf(dataDir: string): Promise<number> {
  const start = performance.now()
  const args = [DCN, 'run', 'cowsay:v0.0.1', '-i', 'Message=moo', '--data-dir', dataDir]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  let shown = ''
  let tookMs: number | undefined
  for await (const chunk of child.stdout) {
    shown += String(chunk)
    if (tookMs === undefined && shown.includes('< moo >')) tookMs = performance.now() - start
  }
  if (tookMs === undefined) throw new Error(`no moo: ${shown}`)
  return tookMs
}
