/** Ends after a time; no output. */
export const noop = (ms: number, timeout = '1m'): Record<string, unknown> => ({ engine: { noop: { ms } }, timeout })

/** Writes one file and says one line. */
export const hello = (word: string): Record<string, unknown> => ({
  engine: {
    js: {
      source: `export default ({ outputs, console }) => {
        console.log('hello ${word}')
        outputs.write('/outputs/hello.txt', 'hello ${word}')
      }`
    }
  }
})

/**
 * Keeps a core busy: timers of the js engine do not wait, so only work takes time. About three seconds on a quiet machine.
 */
export const busy = (): Record<string, unknown> => ({
  engine: {
    js: {
      source: `export default ({ outputs, console }) => {
        console.log('begun')
        let x = 1
        for (let i = 0; i < 2_500_000_000; i++) x = (Math.imul(x, 1664525) + 1013904223) | 0
        outputs.write('/outputs/x.txt', String(x))
      }`
    }
  },
  timeout: '2m'
})

/** A container that runs for some seconds and marks each start. */
export const container = (image: string, seconds: number): Record<string, unknown> => ({
  engine: {
    docker: {
      image,
      args: [
        'sh',
        '-c',
        `echo begun; i=0; while [ $i -lt ${seconds} ]; do sleep 1; i=$((i+1)); done; echo $i > /outputs/n`
      ]
    }
  },
  resources: { memory: '64MiB', disk: '64MiB' },
  timeout: '2m'
})
