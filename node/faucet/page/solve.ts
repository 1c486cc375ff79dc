// Runs in a worker of the page: finds the answer to a challenge while the page goes on.
import { sha256 } from '@noble/hashes/sha2.js'
import { findAnswer } from '../../../protocols/faucet/work.ts'

interface Task {
  challenge: string
  bits: number
}
/** What a worker has; the types of a whole browser would be everybody's in this program. */
interface WorkerScope {
  onmessage: ((event: { data: Task }) => void) | null
  postMessage(message: { tried: number; answer?: string }): void
}

/** A message this often, a few times a second. */
const BATCH = 50_000
const scope = globalThis as unknown as WorkerScope
const encoder = new TextEncoder()

scope.onmessage = ({ data: { challenge, bits } }) => {
  for (let tried = 0; ; tried += BATCH) {
    const hash = (text: string) => sha256(encoder.encode(text))
    const answer = findAnswer(challenge, bits, hash, { from: tried, count: BATCH })
    scope.postMessage(answer === undefined ? { tried: tried + BATCH } : { tried, answer })
    if (answer !== undefined) return
  }
}
