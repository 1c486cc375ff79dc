// Draws a directory of PNGs to try the example with: node make-images.mjs FOLDER
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encode } from 'fast-png'

const folder = process.argv[2] ?? 'images'
mkdirSync(folder, { recursive: true })

/** @param colour of x and y from 0 to 1: red, green, blue and opacity from 0 to 1 */
function draw(name, width, height, colour) {
  const data = new Uint8ClampedArray(width * height * 4)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const pixel = colour(x / width, y / height).map(part => part * 255)
      data.set(pixel, (y * width + x) * 4)
    }
  }
  writeFileSync(join(folder, name), encode({ width, height, data, channels: 4, depth: 8 }))
}

/** Steps until a point escapes, as a share of the most that are tried. */
function escapeAfter(real, imaginary, most = 120) {
  let [x, y] = [0, 0]
  for (let step = 0; step < most; step++) {
    ;[x, y] = [x * x - y * y + real, 2 * x * y + imaginary]
    if (x * x + y * y > 4) return step / most
  }
  return 1
}

draw('mandelbrot.png', 900, 600, (x, y) => {
  const share = escapeAfter(x * 3.2 - 2.3, y * 2.2 - 1.1)
  return share === 1 ? [0.02, 0.02, 0.1, 1] : [share ** 0.4, share ** 0.7, 0.35 + share * 0.6, 1]
})
draw('sunset.png', 640, 800, (x, y) => {
  const sun = Math.hypot(x - 0.5, (y - 0.55) * 1.25) < 0.16
  return sun
    ? [1, 0.93, 0.6, 1]
    : y > 0.72
      ? [0.05, 0.1 + x * 0.1, 0.25, 1]
      : [0.95 - y * 0.2, 0.35 + y * 0.45, 0.3 + y * 0.2, 1]
})
// fine lines and a hole: what a careless resizer turns into moiré and grey fringes
draw('rings.png', 700, 700, (x, y) => {
  const radius = Math.hypot(x - 0.5, y - 0.5)
  const dark = Math.sin(radius * 220) > 0
  return radius > 0.48 ? [1, 0, 0, 0] : dark ? [0.1, 0.3, 0.6, 1] : [0.97, 0.95, 0.9, 1]
})
draw('small.png', 96, 64, (x, y) =>
  (Math.floor(x * 12) + Math.floor(y * 8)) % 2 === 0 ? [0.8, 0.2, 0.2, 1] : [1, 1, 1, 1]
)
