/** A value as people read it in a file: bigint as a decimal string, bytes as hex, a CID as its text. */
export function plainJson(value: unknown): string {
  return `${JSON.stringify(value, plain, 2)}\n`
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString('hex')}`
  if (isCidJson(value)) return value['/']
  return value
}

const isCidJson = (value: unknown): value is { '/': string } =>
  typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)['/'] === 'string'
