import assert from 'node:assert/strict'
import { cidText, isImagePattern, matchesImage } from '../../../../node/admission/image-pattern.ts'

const HASH = `sha256:${'ab'.repeat(32)}`
const OTHER = `sha256:${'cd'.repeat(32)}`
const V0 = 'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG'
const V1 = cidText(V0) ?? ''

describe('admission/image-pattern', () => {
  for (const [pattern, image, matches] of [
    ['busybox', `busybox@${HASH}`, true],
    ['busybox', `docker.io/library/busybox@${HASH}`, true],
    ['docker.io/library/busybox', `busybox@${HASH}`, true],
    ['docker.io/busybox', `index.docker.io/library/busybox@${HASH}`, true],
    ['busybox', `busybox:1.36@${HASH}`, true],
    ['busybox', `acme/busybox@${HASH}`, false],
    ['busybox', `ghcr.io/library/busybox@${HASH}`, false],
    ['acme/tool', `docker.io/acme/tool@${HASH}`, true],
    ['ghcr.io/acme/*', `ghcr.io/acme/tool@${HASH}`, true],
    ['ghcr.io/acme/*', `ghcr.io/acme/deep/tool@${HASH}`, true],
    ['ghcr.io/acme/*', `ghcr.io/acmeevil/tool@${HASH}`, false],
    ['ghcr.io/acme/*', `evil.io/ghcr.io/acme/tool@${HASH}`, false],
    ['ghcr.io/*/tool', `ghcr.io/acme/tool@${HASH}`, true],
    ['ghcr.io/a*a/x', `ghcr.io/a/x@${HASH}`, false],
    ['localhost:5000/*', `localhost:5000/a@${HASH}`, true],
    ['*', `ghcr.io/acme/tool@${HASH}`, true],
    ['*', HASH, false],
    ['*', `ipfs://${V1}`, false],
    [HASH, `ghcr.io/acme/tool@${HASH}`, true],
    [HASH, HASH, true],
    [HASH, OTHER, false],
    [`ipfs://${V1}`, `ipfs://${V0}`, true],
    [`ipfs://${V1}`, `busybox@${HASH}`, false],
    ['busybox', HASH, false]
  ] as const) {
    it(`args: ${pattern.slice(0, 30)} ${matches ? 'means' : 'does not mean'} ${image.slice(0, 40)}`, () => {
      assert.ok(isImagePattern(pattern))
      assert.equal(matchesImage(pattern, image), matches)
    })
  }
})
