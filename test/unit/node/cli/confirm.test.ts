import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { confirm } from '../../../../node/cli/confirm.ts'
import { memoryIo } from './memory-io.ts'

describe('cli: confirm', () => {
  const terminal = () => {
    const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined })
    return { io: { ...memoryIo(), stdin }, stdin }
  }

  for (const answer of ['y', 'Yes', 'YES']) {
    it(`default: ${answer}`, async () => {
      const { io, stdin } = terminal()
      const asked = confirm(io, 'Go on?')
      stdin.write(`${answer}\n`)
      await asked
      assert.match(io.err(), /Go on\? \[y\/N\]/)
    })
  }

  for (const answer of ['', 'n', 'yesterday', 'nay']) {
    it(`error: "${answer}" is no`, async () => {
      const { io, stdin } = terminal()
      const asked = confirm(io, 'Go on?')
      stdin.write(`${answer}\n`)
      await assert.rejects(asked, { name: 'NotConfirmedError' })
    })
  }

  it('error: nobody is there', () => assert.rejects(confirm(memoryIo(), 'Go on?'), { name: 'NotConfirmedError' }))

  it('behavior: the end of input and Ctrl-C are no', async () => {
    for (const last of ['\u0004', '\u0003', undefined]) {
      const { io, stdin } = terminal()
      const asked = confirm(io, 'Go on?')
      if (last === undefined) stdin.end()
      else stdin.write(last)
      await assert.rejects(asked, { name: 'NotConfirmedError' })
    }
  })
})
