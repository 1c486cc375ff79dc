import { sha256 } from '../common/hash.ts'
import { type Address, compareBytes, fromHex } from '../common/values.ts'

/**
 * Rendezvous score of an account for a job: the least of sha256(job id ‖ account ‖ i) for i < tickets, with i as four
 * big-endian bytes. The lowest score wins. When one account leaves, no other's score changes: only its jobs move.
 */
export function score(jobId: Uint8Array, account: Address, tickets: number): Uint8Array {
  const input = Buffer.alloc(jobId.byteLength + 24)
  input.set(jobId)
  input.set(fromHex(account), jobId.byteLength)
  let least = hashOf(input, 0)
  for (let i = 1; i < tickets; i++) {
    const next = hashOf(input, i)
    if (compareBytes(next, least) < 0) least = next
  }
  return least
}

function hashOf(input: Buffer, ticket: number): Uint8Array {
  input.writeUInt32BE(ticket, input.byteLength - 4)
  return sha256(input)
}
