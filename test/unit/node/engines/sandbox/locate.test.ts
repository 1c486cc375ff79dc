import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isolatedVmRemedy, sandboxPath } from '../../../../../node/engines/sandbox/locate.ts'

describe('engines/sandbox/locate', () => {
  let root: string

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'dcn-locate-'))
    put('package.json', '{}')
    put('dist/bin/sandbox.mjs', '')
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  function put(path: string, text: string): void {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const remedy = (): string | undefined => isolatedVmRemedy(join(root, 'dist', 'bin', 'sandbox.mjs'))

  it('default: here it is installed', () => {
    assert.equal(isolatedVmRemedy(sandboxPath() ?? ''), undefined)
    put('node_modules/isolated-vm/package.json', '{}')
    assert.equal(remedy(), undefined)
  })

  it('behavior: a checkout without isolated-vm is set up again, a package is installed again', () => {
    assert.match(remedy() ?? '', /npm install --global dcn-node$/)
    put('scripts/run.mjs', '')
    assert.equal(remedy(), `run in ${root}: rm -f node_modules/.dcn-setup && npm run setup`)
  })
})
