/** Text in a balloon above a cow, wrapped at 40 columns as cowsay does it. */
const WIDTH = 39
const COW = String.raw`
        \   ^__^
         \  (oo)\_______
            (__)\       )\/\
                ||----w |
                ||     ||
`.slice(1)

export default ({ args, console }) => {
  const lines = args.join(' ').split(/\r?\n/).flatMap(wrap)
  const width = Math.max(...lines.map(length))
  const padded = lines.map(line => line + ' '.repeat(width - length(line)))
  const body = padded.length === 1 ? [`< ${padded[0]} >`] : padded.map((line, i) => bordered(line, i, padded.length))
  console.log([` ${'_'.repeat(width + 2)}`, ...body, ` ${'-'.repeat(width + 2)}`, COW.trimEnd()].join('\n'))
}

const length = text => Array.from(text).length

function wrap(text) {
  const lines = ['']
  for (const word of text.split(/\s+/).filter(Boolean).flatMap(split)) {
    const line = lines[lines.length - 1]
    if (line === '') lines[lines.length - 1] = word
    else if (length(line) + 1 + length(word) <= WIDTH) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

function split(word) {
  const chars = Array.from(word)
  const parts = []
  for (let i = 0; i < chars.length; i += WIDTH) parts.push(chars.slice(i, i + WIDTH).join(''))
  return parts
}

function bordered(line, i, count) {
  if (i === 0) return `/ ${line} \\`
  return i === count - 1 ? `\\ ${line} /` : `| ${line} |`
}
