/**
 * The same small programs for every engine: what a case needs, as a shell script and as an ES module. Those in WebAssembly
 * are all in one module, test/fixtures/wasm/suite.c, and have the same names there.
 */
interface Program {
  docker: string
  js: string
}

const js = (body: string) => `export default async ({ args, env, inputs, outputs, console }) => { ${body} }`

export const PROGRAMS = {
  exit: { docker: 'exit $1', js: js('return Number(args[0])') },
  lines: {
    docker: 'for i in $(seq 1 200); do echo "out $i"; echo "err $i" >&2; done',
    js: js('for (let i = 1; i <= 200; i++) { console.log("out", i); console.error("err", i) }')
  },
  noNewline: { docker: 'printf "grün 😀"', js: js('console.log("grün 😀")') },
  argsAndEnv: {
    docker: 'echo "$1|$2|$GREETING"',
    js: js('console.log(`${args[0]}|${args[1]}|${env.GREETING}`)')
  },
  readInputs: {
    docker: 'cat "/inputs/data/a b.txt" /inputs/data/sub/ü.txt /inputs/one',
    js: js(
      'for (const p of ["/inputs/data/a b.txt", "/inputs/data/sub/ü.txt"]) outputs.append("t", inputs.read(p)); console.log(new TextDecoder().decode(inputs.read("/inputs/data/a b.txt")) + inputs.text("/inputs/data/sub/ü.txt") + inputs.text("/inputs/one"))'
    )
  },
  changeInputs: {
    docker: 'echo changed > /inputs/one; rm -f /inputs/data/a; touch /inputs/data/new; exit 0',
    js: js('for (const p of ["/inputs/one", "/inputs/data/new"]) try { outputs.write(p, "changed") } catch {}')
  },
  writeOutputs: {
    docker:
      'cd /outputs/result && printf 1 > "a b" && mkdir -p "ü/deep er" && printf 2 > "ü/deep er/日本" && printf 3 > -dash && printf 4 > /outputs/second/x',
    js: js(
      'outputs.write("/outputs/result/a b", "1"); outputs.write("/outputs/result/ü/deep er/日本", "2"); outputs.write("-dash", new Uint8Array([51])); outputs.write("/outputs/second/x", "4")'
    )
  },
  manyOutputs: {
    docker: 'cd /outputs/result && seq 1 10000 | xargs touch',
    js: js('for (let i = 1; i <= 10000; i++) outputs.write(String(i), "")')
  },
  escapeOutputs: {
    docker:
      'cd /outputs/result; ln -s /etc/passwd link; ln -s / dir; ln -s ../../../../etc up; mkfifo pipe; echo ok > fine; echo no > /outputs/../evil; exit 0',
    js: js(
      'let refused = 0; for (const p of ["../evil", "/outputs/../evil", "/etc/passwd", "a/../../evil", "a//b", "./x", "/outputs/resultx", "a\\u0000b", "/outputs/result/", "\\ud800"]) try { outputs.write(p, "no") } catch { refused++ } outputs.write("fine", "ok\\n"); console.log(refused)'
    )
  },
  spin: { docker: 'while :; do :; done', js: js('for (;;);') },
  readyThenSpin: { docker: 'echo ready; while :; do :; done', js: js('console.log("ready"); for (;;);') },
  writeThenSpin: {
    docker: 'echo -n kept > /outputs/result/partial; echo ready; while :; do :; done',
    js: js('outputs.write("partial", "kept"); console.log("ready"); for (;;);')
  },
  useMemory: {
    docker: 'x=aaaaaaaa; while :; do x=$x$x; done',
    js: js('const a = []; for (;;) a.push({ a })')
  },
  fillDisk: {
    docker: 'cd /outputs/result; for i in $(seq 1 100); do dd if=/dev/zero of=f$i bs=1M count=1 2>/dev/null; done',
    js: js('for (let i = 0; i < 100; i++) outputs.write(`f${i}`, new Uint8Array(1048576))')
  },
  fitDisk: {
    docker: 'dd if=/dev/zero of=/outputs/result/f bs=1M count=7 2>/dev/null',
    js: js('outputs.write("f", new Uint8Array(7 * 1048576))')
  },
  flood: { docker: 'yes 0123456789abcdef', js: js('for (;;) console.log("0123456789abcdef")') },
  network: {
    docker: 'ls /sys/class/net; for h in 127.0.0.1 $GATEWAY; do echo | nc -w 2 $h $PORT && echo reached; done; exit 0',
    js: js(
      'console.log(["fetch", "WebSocket", "XMLHttpRequest", "process", "require", "Deno", "module"].filter(n => n in globalThis).length)'
    )
  },
  fail: { docker: 'echo oops >&2; exit 3', js: js('throw new Error("oops")') }
} satisfies Record<string, Program>

export type ProgramName = keyof typeof PROGRAMS

export const programOf = (name: ProgramName, kind: 'docker' | 'js' | 'wasm'): string =>
  kind === 'wasm' ? name : PROGRAMS[name][kind]
