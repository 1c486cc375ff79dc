/** TextEncoder and TextDecoder for UTF-8, which a bare isolate lacks. Malformed input decodes as WHATWG Encoding says. */
export function guestEncoding(): void {
  const isView = ArrayBuffer.isView
  const fromCodes = String.fromCharCode
  const apply = Reflect.apply
  const BATCH = 4096

  function encode(text = ''): Uint8Array {
    const s = String(text).toWellFormed()
    const out = new Uint8Array(s.length * 3)
    let at = 0
    for (let i = 0; i < s.length; i++) {
      const c = s.codePointAt(i) as number
      if (c < 0x80) out[at++] = c
      else {
        if (c < 0x800) out[at++] = 0xc0 | (c >> 6)
        else {
          if (c < 0x10000) out[at++] = 0xe0 | (c >> 12)
          else {
            out[at++] = 0xf0 | (c >> 18)
            out[at++] = 0x80 | ((c >> 12) & 63)
            i += 1
          }
          out[at++] = 0x80 | ((c >> 6) & 63)
        }
        out[at++] = 0x80 | (c & 63)
      }
    }
    return out.slice(0, at)
  }

  /** Lead bytes: from, to, length of the sequence, least and greatest second byte (no overlong forms, no surrogates). */
  const LEADS = [
    [0xc2, 0xdf, 2, 0x80, 0xbf],
    [0xe0, 0xe0, 3, 0xa0, 0xbf],
    [0xe1, 0xec, 3, 0x80, 0xbf],
    [0xed, 0xed, 3, 0x80, 0x9f],
    [0xee, 0xef, 3, 0x80, 0xbf],
    [0xf0, 0xf0, 4, 0x90, 0xbf],
    [0xf1, 0xf3, 4, 0x80, 0xbf],
    [0xf4, 0xf4, 4, 0x80, 0x8f]
  ] as [number, number, number, number, number][]

  /** The code point at `i` and the bytes it took; -1 for a malformed piece. */
  function next(bytes: Uint8Array, i: number): [number, number] {
    const first = bytes[i] as number
    if (first < 0x80) return [first, 1]
    const row = LEADS.find(([from, to]) => first >= from && first <= to)
    if (row === undefined) return [-1, 1]
    const [, , length, low, high] = row
    let code = first & (0x7f >> length)
    for (let k = 1; k < length; k++) {
      const b = bytes[i + k]
      if (b === undefined || b < (k === 1 ? low : 0x80) || b > (k === 1 ? high : 0xbf)) return [-1, k]
      code = (code << 6) | (b & 63)
    }
    return [code, length]
  }

  function decode(bytes: Uint8Array, fatal: boolean): string {
    let text = ''
    let units: number[] = []
    for (let i = 0; i < bytes.length; ) {
      const [code, taken] = next(bytes, i)
      if (code === -1 && fatal) throw new TypeError('the data is not valid UTF-8')
      i += taken
      if (code === -1) units.push(0xfffd)
      else if (code < 0x10000) units.push(code)
      else units.push(0xd7c0 + (code >> 10), 0xdc00 | (code & 0x3ff))
      if (units.length < BATCH) continue
      text += apply(fromCodes, null, units)
      units = []
    }
    return text + apply(fromCodes, null, units)
  }

  class TextEncoder {
    readonly encoding = 'utf-8'
    encode(text?: string) {
      return encode(text)
    }
  }
  class TextDecoder {
    readonly encoding = 'utf-8'
    readonly fatal: boolean
    readonly ignoreBOM: boolean
    constructor(label = 'utf-8', options: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
      if (!/^\s*(utf-?8|unicode-1-1-utf-8)\s*$/i.test(label)) throw new RangeError(`encoding ${label} is not supported`)
      this.fatal = options.fatal === true
      this.ignoreBOM = options.ignoreBOM === true
    }
    decode(data: ArrayBuffer | ArrayBufferView = new Uint8Array(0), options: { stream?: boolean } = {}) {
      if (options.stream === true) throw new TypeError('decoding in pieces is not supported')
      const all = isView(data)
        ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
        : new Uint8Array(data as ArrayBuffer)
      const bom = !this.ignoreBOM && all[0] === 0xef && all[1] === 0xbb && all[2] === 0xbf
      return decode(bom ? all.subarray(3) : all, this.fatal)
    }
  }
  Object.assign(globalThis, { TextEncoder, TextDecoder })
}
