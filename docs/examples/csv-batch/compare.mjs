// What at least two of the replicas came to: node compare.mjs FOLDER-OF-REPLICAS OUT. The digest in a receipt is over exit code,
// output and files, and its provider has signed it.
import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const [, , folder, out] = process.argv
const replicas = readdirSync(folder).map(name => {
  const { manifest } = JSON.parse(readFileSync(join(folder, name, 'receipt.json'), 'utf8'))
  return { name, provider: manifest.provider, digest: manifest.digest }
})
const byDigest = Map.groupBy(replicas, replica => replica.digest)
const [most] = [...byDigest.values()].sort((a, b) => b.length - a.length)
for (const { name, provider, digest } of replicas) {
  console.log(
    `replica ${name} by ${provider}: ${digest.slice(0, 16)}… ${most.some(m => m.name === name) ? 'agrees' : 'DIFFERS'}`
  )
}
if (new Set(most.map(replica => replica.provider)).size < 2) {
  console.error('no two providers agree: nothing is accepted')
  process.exit(1)
}
cpSync(join(folder, most[0].name), out, { recursive: true })
console.log(`${most.length} of ${replicas.length} agree; their result is in ${out}`)
