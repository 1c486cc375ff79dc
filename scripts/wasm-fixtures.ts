// Compiles the C programs of test/fixtures/wasm. They are committed, so that tests need no compiler; run this after a
// change of a source, with clang, lld, wasi-libc and libclang-rt-dev-wasm32 of Debian 12.
import { compile, compiler, FIXTURES, fixture, sourceOf } from '../test/support/wasm/fixtures.ts'

const found = compiler()
if ('missing' in found) {
  console.error(found.missing)
  process.exit(1)
}
console.log(found.version)
for (const name of FIXTURES) {
  compile(sourceOf(name), fixture(name))
  console.log(`compiled ${name}.wasm`)
}
