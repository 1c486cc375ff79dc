// How often each letter occurs in a text: the most frequent ones on the terminal, all of them in a file.
export default function letters({ args, inputs, outputs, console }) {
  const counts = new Map()
  for (const path of inputs.list('/inputs')) {
    for (const [letter] of inputs.text(path).toLowerCase().matchAll(/\p{L}/gu)) {
      counts.set(letter, (counts.get(letter) ?? 0) + 1)
    }
  }
  const ranked = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  for (const [letter, count] of ranked.slice(0, Number(args[0] ?? 10))) console.log(`${letter} ${'#'.repeat(count)}`)
  outputs.write('letters.csv', ranked.map(([letter, count]) => `${letter},${count}\n`).join(''))
}
