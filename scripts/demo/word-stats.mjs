// A work function: counts the words of its input and writes the result as files.
export default function wordStats({ args, inputs, outputs, console }) {
  const text = inputs.text('/inputs/chapter.txt')
  const counts = new Map()
  let words = 0
  for (const [word] of text.toLowerCase().matchAll(/\p{L}+/gu)) {
    counts.set(word, (counts.get(word) ?? 0) + 1)
    words++
  }
  const top = Number(args[0] ?? 10)
  const ranked = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  console.log(`${words} words, ${counts.size} different`)
  for (const [word, count] of ranked.slice(0, top)) console.log(`${String(count).padStart(7)}  ${word}`)
  outputs.write(
    '/outputs/stats/summary.json',
    JSON.stringify({ characters: text.length, words, different: counts.size })
  )
  outputs.write('/outputs/stats/words.tsv', ranked.map(([word, count]) => `${word}\t${count}\n`).join(''))
}
