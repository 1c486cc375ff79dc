import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { SealBrokenError } from './errors.ts'

/**
 * The key of one private job: an age identity (`AGE-SECRET-KEY-1…`). Whoever has it can seal and open. The header's MAC commits to the
 * file key, so that no content opens as two different things under two keys: a judge sees what the provider saw.
 */
export type SealKey = string

export const newSealKey = (): Promise<SealKey> => generateX25519Identity()

/** What somebody says is a key. @throws SealBrokenError when nothing can be sealed with it */
export async function checkSealKey(key: string): Promise<void> {
  try {
    await identityToRecipient(key)
  } catch (cause) {
    throw new SealBrokenError(cause)
  }
}

/** Encrypts a stream, 64 KiB at a time (age v1, X25519 and ChaCha20-Poly1305). */
export async function sealStream(plain: Readable, key: SealKey): Promise<Readable> {
  const encrypter = new Encrypter()
  encrypter.addRecipient(await identityToRecipient(key))
  return fromWeb(await encrypter.encrypt(toWeb(plain)))
}

/** Decrypts a stream; every chunk is checked before it is given out. @throws SealBrokenError */
export async function openStream(sealed: Readable, key: SealKey): Promise<Readable> {
  const decrypter = new Decrypter()
  try {
    decrypter.addIdentity(key)
    return fromWeb(await decrypter.decrypt(toWeb(sealed)))
  } catch (cause) {
    sealed.destroy()
    throw new SealBrokenError(cause)
  }
}

// two declarations of one class: the language's own and Node's
type Web = Parameters<InstanceType<typeof Decrypter>['decrypt']>[0] & globalThis.ReadableStream<Uint8Array>

/**
 * Pulled chunk by chunk: what `Readable.toWeb` makes throws where nobody can catch it when it is given up while data comes. An error
 * reaches its reader; the event is for nobody.
 */
function toWeb(stream: Readable): Web {
  return globalThis.ReadableStream.from(stream.on('error', () => undefined)) as unknown as Web
}

const fromWeb = (stream: globalThis.ReadableStream<Uint8Array>): Readable =>
  Readable.fromWeb(stream as unknown as ReadableStream<Uint8Array>)
