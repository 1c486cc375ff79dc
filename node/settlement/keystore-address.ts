import type { Address } from '../../protocols/common/values.ts'
import { readKeyFile } from './key-file.ts'
import { lower } from './typed-data.ts'

/** Whose key a keystore file says it holds, without its passphrase; undefined when it does not say. @throws KeyFileError */
export async function addressIn(path: string): Promise<Address | undefined> {
  const text = await readKeyFile(path)
  const found = /"address"\s*:\s*"(?:0x)?([0-9a-fA-F]{40})"/.exec(text)?.[1]
  return found === undefined ? undefined : lower(`0x${found}`)
}
