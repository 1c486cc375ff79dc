/** Longer than any word that a log has anyhow: a shorter secret would blot out half of the text. */
const MIN_CHARS = 6
const HIDDEN = '[hidden]'
/** Whoever has an invite is a member. */
const INVITE = /dcn1[\w-]{24,}/g

/**
 * Takes secrets out of lines: those that are known by their text, in each way they are written, and invites whole. Beside the names of
 * fields that are never logged (create.ts), because a secret may stand inside a message of somebody else's.
 */
export class Scrubber {
  /** what is looked for, and what stands there instead */
  readonly #secrets = new Map<string, string>()

  /** Text, or bytes that may be written as hex, base64 or base64url. */
  hide(secret: string | Uint8Array): void {
    for (const [form, instead] of formsOf(secret)) if (form.length >= MIN_CHARS) this.#secrets.set(form, instead)
  }

  clean(line: string): string {
    let cleaned = line.replace(INVITE, `dcn1${HIDDEN}`)
    for (const [form, instead] of this.#secrets) cleaned = cleaned.replaceAll(form, instead)
    return cleaned
  }
}

function formsOf(secret: string | Uint8Array): [form: string, instead: string][] {
  if (typeof secret === 'string') return [secret, JSON.stringify(secret).slice(1, -1)].map(form => [form, HIDDEN])
  const bytes = Buffer.from(secret)
  const texts = [bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')]
  // what JSON makes of a buffer, and of other bytes; the line stays JSON
  const numbers: [string, string][] = [
    [[...bytes].join(','), '0'],
    [JSON.stringify(new Uint8Array(bytes)).slice(1, -1), '"hidden":0']
  ]
  return [...texts.map((form): [string, string] => [form, HIDDEN]), ...numbers]
}
