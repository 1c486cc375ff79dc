import assert from 'node:assert/strict'
import type { Ended } from './cli.ts'

/** Files that the commands below are given. */
export const BAD_FILES: Record<string, string> = {
  'not-json.json': 'no network at all',
  'no-fields.json': '{"version":2}',
  'unsigned.json': '{"version":1}',
  'unknown-key.yaml': 'engine: { noop: {} }\ntimeuot: 5s\n',
  'two-engines.yaml': 'engine: { noop: {}, js: { source: x } }\n',
  'plain-number.yaml': 'engine: { noop: {} }\ntimeout: 60\n',
  'bomb.yaml': `a: &a [x]\n${Array.from({ length: 40 }, (_, i) => `b${i}: &b${i} [*a, *a]`).join('\n')}\n`,
  'broken.yaml': 'engine: [unclosed\n',
  'settings.yaml': 'http: { prot: 80 }\n',
  'ok.mjs': 'export default () => 1\n'
}
const cutOff = (invite: string) => invite.slice(0, 60)
const changed = (invite: string) => {
  const at = Math.floor(invite.length / 2)
  return invite.slice(0, at) + (invite[at] === 'A' ? 'B' : 'A') + invite.slice(at + 1)
}

/** Flags of `dcn-node`, and the name of the error they end with. */
export const BAD_SETTINGS: [title: string, args: (invite: string) => string[], error: string][] = [
  ['a role', () => ['--init', 'x', '--role', 'boss'], 'InvalidInputError'],
  ['an address to listen on', () => ['--init', 'x', '--listen', 'everywhere'], 'InvalidInputError'],
  ['a price', () => ['--init', 'x', '--price-cpu-hour', '-1'], 'InvalidInputError'],
  ['a size', () => ['--init', 'x', '--offer-memory', '5 XB'], 'InvalidInputError'],
  ['a port', () => ['--init', 'x', '--http-port', '99999'], 'InvalidInputError'],
  ['the name of a network', () => ['--init', 'My Net'], 'InvalidInputError'],
  ['the URL of a chain', () => ['--init', 'x', '--rpc', 'ftp://here'], 'InvalidInputError'],
  ['no network', () => [], 'InvalidInputError'],
  ['a network file that is missing', () => ['--network', 'nowhere.json'], 'InvalidInputError'],
  ['a network file that is text', () => ['--network', 'not-json.json'], 'InvalidInputError'],
  ['a network file without its fields', () => ['--network', 'no-fields.json'], 'InvalidInputError'],
  ['a network file of version 1', () => ['--network', 'unsigned.json'], 'NetworkVersionError'],
  ['a policy of membership', () => ['--init', 'x', '--membership', 'closed'], 'InvalidInputError'],
  ['an invite that is cut off', invite => ['--network', cutOff(invite)], 'InviteCutOffError'],
  ['an invite with a changed character', invite => ['--network', changed(invite)], 'InviteChecksumError'],
  ['an unknown key in the settings', () => ['--config', 'settings.yaml'], 'InvalidInputError']
]
/** Commands of `dcn`. */
export const BAD_COMMANDS: [title: string, args: string[], error: string][] = [
  ['a file that is missing', ['run', 'nowhere.yaml'], 'InvalidInputError'],
  ['an unknown key', ['run', 'unknown-key.yaml'], 'InvalidInputError'],
  ['two engines', ['run', 'two-engines.yaml'], 'InvalidInputError'],
  ['a time without a unit', ['run', 'plain-number.yaml'], 'InvalidInputError'],
  ['a file of aliases', ['run', 'bomb.yaml'], 'TooLargeError|InvalidInputError'],
  ['broken YAML', ['run', 'broken.yaml'], 'InvalidInputError'],
  ['a number of cores', ['js', 'run', 'ok.mjs', '--cpu', 'many'], 'InvalidInputError'],
  ['an input that is missing', ['js', 'run', 'ok.mjs', '--input', 'nowhere.txt'], 'InvalidInputError'],
  ['a variable', ['js', 'run', 'ok.mjs', '--env', 'NOTHING'], 'InvalidInputError'],
  ['a bid', ['js', 'run', 'ok.mjs', '--bid', '-1'], 'InvalidInputError'],
  ['a target', ['js', 'run', 'ok.mjs', '--target', 'bob'], 'InvalidInputError'],
  ['the id of a job', ['job', 'show', 'nothing'], 'JobNotFoundError'],
  ['a limit', ['job', 'list', '--limit', '0'], 'InvalidInputError'],
  ['a state', ['job', 'list', '--state', 'happy'], 'InvalidInputError'],
  ['an amount', ['wallet', 'deposit', '1.2.3'], 'InvalidInputError']
]
/** Requests to the API. */
export const BAD_REQUESTS: [title: string, init: RequestInit & { path?: string }, status: number, error: string][] = [
  ['no JSON', { body: '{"spec":' }, 400, 'InvalidInputError'],
  ['no specification', { body: '{}' }, 400, 'InvalidInputError'],
  ['a number for a specification', { body: '{"spec":5}' }, 400, 'InvalidInputError'],
  ['no engine', { body: '{"spec":{"engine":{}}}' }, 400, 'InvalidInputError'],
  ['an unknown key', { body: '{"spec":{"engine":{"noop":{}}},"prize":"1"}' }, 400, 'InvalidInputError'],
  ['a negative bid', { body: '{"spec":{"engine":{"noop":{}}},"bid":"-1"}' }, 400, 'InvalidInputError'],
  ['a prototype', { body: '{"spec":{"__proto__":{"engine":1}}}' }, 400, 'InvalidInputError'],
  ['too many bytes', { body: JSON.stringify({ spec: 'x'.repeat(2 ** 20) }) }, 413, 'TooLargeError'],
  ['another type', { body: 'a=b', headers: { 'content-type': 'text/plain' } }, 415, 'UnsupportedMediaTypeError'],
  ['no token', { body: '{}', headers: { authorization: 'Bearer no' } }, 401, 'UnauthorizedError'],
  ['a foreign page', { body: '{}', headers: { origin: 'http://evil.example' } }, 403, 'ForbiddenOriginError'],
  ['an unknown path', { path: '/nothing', method: 'GET' }, 404, 'NotFoundError'],
  ['an unknown job', { path: '/jobs/none', method: 'GET' }, 404, 'JobNotFoundError'],
  ['a path out of the results', { path: '/jobs/none/files/..%2f..%2fkey', method: 'GET' }, 400, 'InvalidInputError']
]
export const STACK = /\n\s+at .+:\d+:\d+/

/** A typed error with exit code 2 that names the field and says what is allowed or what to do. */
export function refused({ code, stdout, stderr }: Ended, name: string): void {
  assert.equal(code, 2, stdout + stderr)
  assert.doesNotMatch(stdout + stderr, STACK)
  const line = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { event: string; error: Record<string, unknown> }
  assert.equal(line.event, 'error')
  const { error } = line
  assert.match(String(error['name']), new RegExp(`^(${name})$`))
  assert.equal(typeof error['field'], 'string', `field is missing: ${stdout}`)
  assert.ok(
    error['remedy'] !== undefined || error['limit'] !== undefined || String(error['message']).includes('expected'),
    stdout
  )
}
