/** sfc32's state. */
export type Seed = [number, number, number, number]

/** Numbers from 0 to 2³² − 1, the same for the same seed on any machine. sfc32 (PractRand) passes its test batteries. */
export function guestRandom(seed: Seed): () => number {
  // by index: a program may have replaced the iterator
  let a = seed[0]
  let b = seed[1]
  let c = seed[2]
  let d = seed[3]
  return () => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + t
    c |= 0
    return t >>> 0
  }
}
