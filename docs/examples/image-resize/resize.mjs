// Makes every PNG below /inputs no wider than the given number of pixels, by averaging the area that each new pixel covers.
// args: WIDTH
import './latin1.mjs'
import { decode, encode } from 'fast-png'

export default function resize({ args, inputs, outputs, console }) {
  const width = Number(args[0] ?? 160)
  if (!Number.isInteger(width) || width < 1 || width > 8192) {
    console.error(`expected a width from 1 to 8192, got ${args[0]}`)
    return 2
  }
  const paths = inputs.list('/inputs').filter(path => path.toLowerCase().endsWith('.png'))
  for (const path of paths) {
    const image = rgba(decode(inputs.read(path)))
    const small = image.width <= width ? image : shrink(image, width)
    const name = path.split('/').at(-1)
    outputs.write(name, encode({ ...small, channels: 4, depth: 8 }))
    console.log(`${name}: ${image.width} × ${image.height} to ${small.width} × ${small.height}`)
  }
  console.log(`${paths.length} images`)
}

/** Any PNG as four bytes a pixel. */
function rgba({ width, height, data, channels, depth, palette }) {
  if (palette !== undefined) throw new Error('a PNG with a palette: convert it to RGB first')
  const pixels = new Uint8ClampedArray(width * height * 4)
  const toByte = depth === 16 ? 257 : depth === 8 ? 1 : 1 / (255 / (2 ** depth - 1))
  for (let i = 0; i < width * height; i++) {
    const at = i * channels
    const [red, green, blue] = channels < 3 ? [at, at, at] : [at, at + 1, at + 2]
    pixels[4 * i] = data[red] / toByte
    pixels[4 * i + 1] = data[green] / toByte
    pixels[4 * i + 2] = data[blue] / toByte
    pixels[4 * i + 3] = channels % 2 === 0 ? data[at + channels - 1] / toByte : 255
  }
  return { width, height, data: pixels }
}

/** First the rows, then the columns: each pass averages along one direction. */
function shrink(image, width) {
  const height = Math.max(1, Math.round((image.height * width) / image.width))
  const narrow = average(image.data, image.width, image.height, width, 4, image.width * 4)
  const low = average(narrow, image.height, width, height, width * 4, 4)
  const data = new Uint8ClampedArray(width * height * 4)
  for (let i = 0; i < data.length; i += 4) {
    // colours were weighted by their opacity: a transparent pixel has no colour to give
    const alpha = low[i + 3]
    for (let c = 0; c < 3; c++) data[i + c] = alpha === 0 ? 0 : low[i + c] / alpha
    data[i + 3] = alpha * 255
  }
  return { width, height, data }
}

/**
 * Shrinks `length` pixels to `wanted` in each of `lines` lines.
 *
 * @param step between neighbours of a line in the source
 * @param stride between lines in the source
 */
function average(source, length, lines, wanted, step, stride) {
  const out = new Float64Array(wanted * lines * 4)
  const isFirst = source instanceof Uint8ClampedArray || source instanceof Uint8Array
  const scale = length / wanted
  const [outStep, outStride] = step === 4 ? [4, wanted * 4] : [step, 4]
  for (let line = 0; line < lines; line++) {
    for (let to = 0; to < wanted; to++) {
      const [from, end] = [to * scale, (to + 1) * scale]
      const target = line * outStride + to * outStep
      for (let i = Math.floor(from); i < Math.min(length, Math.ceil(end)); i++) {
        const weight = (Math.min(end, i + 1) - Math.max(from, i)) / scale
        const at = line * stride + i * step
        const alpha = isFirst ? source[at + 3] / 255 : 1
        for (let c = 0; c < 3; c++) out[target + c] += weight * source[at + c] * alpha
        out[target + 3] += weight * (isFirst ? alpha : source[at + 3])
      }
    }
  }
  return out
}
