// The PNG library reads the names in a file as Latin-1; the js engine's TextDecoder knows UTF-8 alone.
const Utf8Decoder = globalThis.TextDecoder

globalThis.TextDecoder = class TextDecoder extends Utf8Decoder {
  #isLatin1
  constructor(label = 'utf-8', options = {}) {
    const isLatin1 = label === 'latin1'
    super(isLatin1 ? 'utf-8' : label, options)
    this.#isLatin1 = isLatin1
  }
  decode(bytes) {
    return this.#isLatin1 ? String.fromCharCode(...bytes) : super.decode(bytes)
  }
}
