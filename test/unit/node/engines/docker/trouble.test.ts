import assert from 'node:assert/strict'
import { imageTrouble, saidBy } from '../../../../../node/engines/docker/trouble.ts'

/** As engines and registries word them; `code` is that of a socket that nobody listens at. */
const TEXTS: { what: string; text: string; code?: string; says: string; remedy: RegExp }[] = [
  {
    what: 'a registry that is not there',
    text: '(HTTP code 500) server error - Get "https://nosuch.invalid/v2/": dial tcp: lookup nosuch.invalid on 127.0.0.53:53: no such host ',
    says: 'it is not here, and its registry does not answer (lookup nosuch.invalid on 127.0.0.53:53: no such host)',
    remedy: /network of the Docker engine.*dcn image push/
  },
  {
    what: 'a registry that refuses connections',
    text: '(HTTP code 500) server error - Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused',
    says: 'it is not here, and its registry does not answer (127.0.0.1:1: connect: connection refused)',
    remedy: /check the name and the network/
  },
  {
    what: 'a name that is none',
    text: '(HTTP code 400) unexpected - no such image: UPPER/x:1: invalid reference format: repository name must be lowercase ',
    says: 'this is no name of an image (UPPER/x:1: invalid reference format: repository name must be lowercase)',
    remedy: /lower case/
  },
  {
    what: 'a name that a registry does not know, or does not tell',
    text: "(HTTP code 404) no such container - pull access denied for nosuch, repository does not exist or may require 'docker login': denied: requested access to the resource is denied ",
    says: "it is not here, and its registry does not give it to everybody, or has none of that name (pull access denied for nosuch, repository does not exist or may require 'docker login': denied: requested access to the resource is denied)",
    remedy: /check the name/
  },
  {
    what: 'a tag that is not there',
    text: '(HTTP code 404) no such container - manifest for debian:13.99 not found: manifest unknown: manifest unknown ',
    says: 'it is not here, and its registry does not have it (manifest for debian:13.99 not found: manifest unknown: manifest unknown)',
    remedy: /tag or digest/
  },
  {
    what: 'too many pulls',
    text: '(HTTP code 500) server error - toomanyrequests: You have reached your pull rate limit.',
    says: 'it is not here, and its registry gives no more for now (toomanyrequests: You have reached your pull rate limit.)',
    remedy: /docker login/
  },
  {
    what: 'a full disk',
    text: 'write /var/lib/docker/tmp/GetImageBlob1: no space left on device',
    says: 'the disk of the Docker engine is full (write /var/lib/docker/tmp/GetImageBlob1: no space left on device)',
    remedy: /docker system df/
  },
  {
    what: 'no engine',
    text: 'connect ECONNREFUSED /var/run/docker.sock',
    code: 'ECONNREFUSED',
    says: 'the Docker engine does not answer (connect ECONNREFUSED /var/run/docker.sock)',
    remedy: /dcn doctor/
  },
  {
    what: 'what nobody thought of',
    text: '(HTTP code 500) server error - something else',
    says: 'it is not here, and the pull failed (something else)',
    remedy: /load the image/
  }
]

describe('engines/docker/trouble', () => {
  for (const { what, text, code, says, remedy } of TEXTS) {
    it(`default: ${what}`, () => {
      const error = imageTrouble('x:1', Object.assign(new Error(text), code === undefined ? {} : { code }))
      assert.equal(error.name, 'ImageUnavailableError')
      assert.equal(error.message, `image x:1 is not available: ${says}`)
      assert.match(error.remedy ?? '', remedy)
      assert.ok(!/HTTP code|server error|daemon/.test(error.message))
    })
  }

  it('behavior: a word in the name of an image is not taken for what became of it', () => {
    const troubleOf = (image: string, text: string): string => imageTrouble(image, new Error(text)).message
    const gone = /its registry does not have it/
    for (const image of ['geofence:1', 'lab:5000/denied/timeout:1', 'forbidden', 'tls@sha256:00']) {
      assert.match(troubleOf(image, `manifest for ${image} not found: manifest unknown`), gone)
      assert.match(troubleOf(image, `failed to resolve "docker.io/library/${image}": ${image}: not found`), gone)
    }
    assert.match(troubleOf('d:1', 'requested access to the resource is denied'), /not give it/)
  })

  it('behavior: what a stranger made the engine say is one line, short, and moves no cursor', () => {
    const said = saidBy(new Error(`(HTTP code 500) server error - a\n\tb\u001b[2J ${'x'.repeat(10_000)}`))
    assert.ok(said.length <= 161 && said.startsWith('a b\\x1b[2J x') && said.endsWith('…'))
    assert.equal(saidBy('(HTTP code 404) no such container - '), '')
  })
})
