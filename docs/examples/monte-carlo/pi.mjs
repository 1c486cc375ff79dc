// One share of an estimate of π: how many of N random points of the unit square lie in the circle. In the js engine
// Math.random is seeded from the whole specification, arguments too: every share draws its own points, and the same share
// draws the same ones wherever it runs.
export default function share({ args, outputs, console }) {
  const [number, points] = args.map(Number)
  let inside = 0
  for (let i = 0; i < points; i++) {
    const [x, y] = [Math.random(), Math.random()]
    if (x * x + y * y <= 1) inside++
  }
  outputs.write('share.json', JSON.stringify({ share: number, points, inside }))
  console.log(`share ${number}: ${inside} of ${points}, so π is about ${((4 * inside) / points).toFixed(6)}`)
}
