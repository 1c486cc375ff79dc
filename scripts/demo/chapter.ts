/** Sentences of ours that the demo's chapter is put together from. */
const SENTENCES = [
  'The harbour woke before the town did.',
  'Nets hung between the masts like fog that had forgotten to lift.',
  'Old Maren counted the boats twice, as she had every morning since the storm, and wrote the number on the door.',
  'Nobody asked her why; the number was always right.',
  'A boy came down the steps with two buckets and a story about a light that moved against the wind.',
  '“Lights do not move against the wind,” said Maren, “but people do, and people carry lights.”',
  'So they went to look, past the rope makers and the salt house, to where the pier ends in open water.',
  'There was no light there, only a rowing boat, and in the boat a clock that was still going.',
  'It showed a time that had not come yet.',
  'They carried it up to the town between them, and all the way it ticked as if it had somewhere to be.'
]

/** Numerical Recipes' linear congruential generator: the same chapter on every machine. */
const MULTIPLIER = 1_664_525
const INCREMENT = 1_013_904_223
const MODULUS = 2 ** 32

/** A chapter of at least `chars` characters: the same sentences in an order that only the seed decides. */
export function chapter(chars: number, seed = 7): string {
  const paragraphs: string[] = []
  let state = seed
  let length = 0
  while (length < chars) {
    const paragraph: string[] = []
    for (let i = 0; i < 6; i++) {
      state = (state * MULTIPLIER + INCREMENT) % MODULUS
      paragraph.push(SENTENCES[Math.floor((state / MODULUS) * SENTENCES.length)] ?? '')
    }
    paragraphs.push(paragraph.join(' '))
    length += (paragraphs.at(-1)?.length ?? 0) + 2
  }
  return `${paragraphs.join('\n\n')}\n`
}
