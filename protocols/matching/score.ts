import { hash } from 'node:crypto'
import { type Address, fromHex } from '../common/values.ts'

/** 32 bytes in hex: `<` orders two of them like their bytes, and the hash gives text faster than bytes. */
export type Score = string

const ACCOUNT_BYTES = 20
const TICKET_BYTES = 4

/**
 * Rendezvous score of an account for a job: the least of sha256(job id ‖ account ‖ i) for i < tickets, with i as four
 * big-endian bytes. The lowest score wins. When one account leaves, no other's score changes: only its jobs move.
 */
export function score(jobId: Uint8Array, account: Address, tickets: number): Uint8Array {
  return fromHex(`0x${scorer(jobId)(fromHex(account), tickets)}`)
}

/** `score` for many accounts, of 20 bytes each: nothing but the hash itself is made anew for each. */
export function scorer(jobId: Uint8Array): (account: Uint8Array, tickets: number) => Score {
  const input = Buffer.alloc(jobId.byteLength + ACCOUNT_BYTES + TICKET_BYTES)
  input.set(jobId)
  const ticketAt = input.byteLength - TICKET_BYTES
  return (account, tickets) => {
    input.set(account, jobId.byteLength)
    input.writeUInt32BE(0, ticketAt)
    let least = hash('sha256', input, 'hex')
    for (let i = 1; i < tickets; i++) {
      input.writeUInt32BE(i, ticketAt)
      const next = hash('sha256', input, 'hex')
      if (next < least) least = next
    }
    return least
  }
}
