import assert from 'node:assert/strict'
import { pullProgress } from '../../../../../node/engines/docker/image.ts'
import type { PrepareProgress } from '../../../../../node/engines/engine.ts'

type Said = [id: string, status: string, current?: number, total?: number]

function pulled(...said: Said[]): PrepareProgress[] {
  const told: PrepareProgress[] = []
  const onEvent = pullProgress(progress => told.push(progress))
  for (const [id, status, current, total] of said) {
    const counts = { ...(current === undefined ? {} : { current }), ...(total === undefined ? {} : { total }) }
    onEvent({ id, status, progressDetail: counts })
  }
  return told
}
const image = (doneBytes: number, totalBytes: number) => ({ what: 'image', doneBytes, totalBytes })
const prepare = (doneBytes: number, totalBytes: number) => ({ what: 'prepare', doneBytes, totalBytes })

describe('docker engine: how far a pull is', () => {
  it('default: layers that have begun are added up; when all are here, what is unpacked', () => {
    const told = pulled(
      ['tag', 'Pulling from library/x'],
      ['a', 'Downloading', 1, 10],
      ['b', 'Downloading', 5, 20],
      ['a', 'Verifying Checksum'],
      ['a', 'Download complete'],
      ['a', 'Extracting', 4, 10],
      ['b', 'Download complete'],
      ['a', 'Extracting', 9, 10],
      ['a', 'Pull complete'],
      ['b', 'Pull complete']
    )
    assert.deepEqual(told, [
      image(1, 10),
      image(6, 30),
      image(15, 30),
      image(15, 30),
      prepare(4, 30),
      prepare(9, 30),
      prepare(10, 30),
      prepare(30, 30)
    ])
  })

  it('behavior: what comes without a count, or counts something else, is passed over', () => {
    assert.deepEqual(pulled(['a', 'Download complete'], ['a', 'Pull complete'], ['b', 'Downloading', 1]), [])
    assert.deepEqual(pulled(['a', 'Downloading', 1, 10], ['a', 'Extracting', 3], ['a', 'Extracting', 3, 7]), [
      image(1, 10)
    ])
  })
})
