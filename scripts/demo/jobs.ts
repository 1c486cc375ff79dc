import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { busyboxImage } from '../lib/docker-image.ts'
import type { LocalNode } from '../lib/local-network.ts'
import { chapter } from './chapter.ts'

/** A job of the demo and what must come out of it, computed here without the network. */
export interface DemoJob {
  engine: 'js' | 'docker'
  spec: Record<string, unknown>
  /** what is wrong with the result files; empty when nothing is */
  check(read: (path: string) => Promise<string>): Promise<string[]>
}

/** Two megabytes of text: enough for several blocks of data on its way. */
const CHAPTER_CHARS = 2_000_000

/** The jobs that this machine can show, and why the others cannot be shown. */
export async function demoJobs(
  dir: string,
  nodes: Map<string, LocalNode>
): Promise<{ jobs: DemoJob[]; skipped: { engine: string; reason: string }[] }> {
  const creator = nodes.get('creator')
  if (creator === undefined) throw new Error('there is no creator')
  const text = chapter(CHAPTER_CHARS)
  const path = join(dir, 'chapter.txt')
  await writeFile(path, text)
  const upload = await creator.client.beginUpload()
  await creator.client.sendFile(upload, 'chapter.txt', path)
  const { cid } = await creator.client.commitUpload(upload, 'chapter.txt')
  const source = await readFile(join(import.meta.dirname, 'word-stats.mjs'), 'utf8')
  const jobs: DemoJob[] = [wordStats(source, cid, text)]
  const container = await containerJob(cid, text, nodes)
  if ('reason' in container) return { jobs, skipped: [{ engine: 'docker', reason: container.reason }] }
  return { jobs: [...jobs, container], skipped: [] }
}

function wordStats(source: string, cid: string, text: string): DemoJob {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? []
  const summary = { characters: text.length, words: words.length, different: new Set(words).size }
  return {
    engine: 'js',
    spec: {
      engine: { js: { source, args: ['5'] } },
      inputs: [{ cid, path: '/inputs/chapter.txt' }],
      outputs: [{ name: 'stats', path: '/outputs/stats' }]
    },
    async check(read) {
      const got = await read('outputs/stats/summary.json')
      return got === JSON.stringify(summary)
        ? []
        : [`the word statistics are ${got}, expected ${JSON.stringify(summary)}`]
    }
  }
}

async function containerJob(
  cid: string,
  text: string,
  nodes: Map<string, LocalNode>
): Promise<DemoJob | { reason: string }> {
  const provider = nodes.get('provider-1')
  const docker = (await provider?.client.info())?.engines.find(e => e.kind === 'docker')
  if (docker?.available !== true) return { reason: docker?.reason ?? 'the providers have no Docker engine' }
  const image = await busyboxImage()
  if ('missing' in image) return { reason: image.missing }
  const digest = createHash('sha256').update(text).digest('hex')
  const script =
    'set -e; echo "in a container as $(id -u)"; sha256sum < /inputs/chapter.txt > /outputs/sum; wc -c < /inputs/chapter.txt; cat /outputs/sum'
  return {
    engine: 'docker',
    spec: {
      engine: { docker: { image: image.id, args: ['sh', '-c', script] } },
      inputs: [{ cid, path: '/inputs/chapter.txt' }],
      outputs: [{ name: 'outputs', path: '/outputs' }]
    },
    async check(read) {
      const got = await read('outputs/outputs/sum')
      return got.startsWith(digest) ? [] : [`the checksum is ${got}, expected ${digest}`]
    }
  }
}
