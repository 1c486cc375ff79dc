import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { InvalidInputError, messageOf } from '../../../protocols/common/errors.ts'
import { absolute } from '../../config/convert.ts'
import { troubleText } from '../../errors/file-trouble.ts'
import type { MatchView } from '../../http/views.ts'
import { type CommonOptions, contextOf, nodeCommand, print } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { findJob } from '../find-job.ts'
import type { Io } from '../io.ts'
import { readNamed } from '../read-file.ts'
import { clean, money, type TokenView, table, USUAL_TOKEN, USUAL_TOKEN_NOTE } from '../text.ts'
import type { Finish } from './types.ts'

interface VerifyOptions extends CommonOptions {
  export?: string
}

const EXITS: Record<MatchView['verdict'], ExitCode> = {
  holds: EXIT.done,
  fails: EXIT.failed,
  'not-provable': EXIT.notProvable
}
const HEADLINES: Record<MatchView['verdict'], string> = {
  holds: 'holds: the listed offers are ranked by the rules, and nobody before the chosen one was passed over unexcused',
  fails: 'fails: what the creator signed contradicts the rules or itself',
  'not-provable': 'not provable: something is missing, or there may be an honest reason'
}
/** A file that was exported has about 20 KB. */
const MAX_FILE_BYTES = 256 * 1024

export function verifyMatchCommand(io: Io, finish: Finish): Command {
  const examples = [
    'dcn verify-match 0x5b1e… --export match.bin',
    'dcn verify-match match.bin',
    'dcn verify-match words'
  ]
  return nodeCommand('verify-match', "whether the offers of anybody's deal were ranked rightly", examples)
    .argument('<deal>', 'a deal id (0x…), a job of this node, the CID of a certificate (baf…), or an exported file')
    .option('--export <file>', 'write everything that was checked, to be checked without a node')
    .addHelpText('after', '\nExit codes: 0 holds, 1 fails, 6 not provable')
    .action((subject: string, options: VerifyOptions) => finish(verifyMatchOf(subject, options, io), options))
}

export async function verifyMatchOf(subject: string, options: VerifyOptions, io: Io): Promise<ExitCode> {
  const isNamed = /^0x[0-9a-fA-F]{64}$/.test(subject) || subject.startsWith('baf')
  const path = absolute(subject, io.cwd)
  const told = !isNamed && existsSync(path) ? await fromFile(path) : await fromNode(subject, options, io)
  const { view, bundle, token } = told
  if (options.export !== undefined) await save(absolute(options.export, io.cwd), bundle)
  const { bundle: _bundle, ...shown } = view
  print(contextOf(io, options), shown, () => matchText(view, token))
  return EXITS[view.verdict]
}

interface Told {
  view: MatchView
  bundle: Uint8Array
  token: TokenView
}

async function fromNode(subject: string, options: CommonOptions, io: Io): Promise<Told> {
  const client = await contextOf(io, options).client()
  const isJob = !/^(0x|baf)/.test(subject)
  const about = isJob ? (await findJob(client, subject)).id : subject
  const [view, { token }] = await Promise.all([client.verifyMatch({ subject: about, export: true }), client.info()])
  return { view, bundle: Buffer.from(view.bundle ?? '', 'base64'), token }
}

/** Needs no node: what is in the file is all there is. */
async function fromFile(path: string): Promise<Told> {
  const bundle = await readNamed(path, { maxBytes: MAX_FILE_BYTES })
  // signatures of accounts need the chain library, which no other command loads at its start
  const { matchChecks } = await import('../../settlement/match-checks.ts')
  const { decodeBundle } = await import('../../../protocols/matching/verify/bundle.ts')
  const { verifyMatch } = await import('../../../protocols/matching/verify/verify-match.ts')
  const { matchView } = await import('../../api/match-view.ts')
  const decoded = decode(bundle, path, decodeBundle)
  return { view: matchView(decoded, await verifyMatch(decoded, matchChecks)), bundle, token: USUAL_TOKEN }
}

/** @throws InvalidInputError that names the file, whatever is wrong in it */
function decode<T>(bytes: Uint8Array, path: string, decodeBytes: (bytes: Uint8Array) => T): T {
  try {
    return decodeBytes(bytes)
  } catch (cause) {
    throw new InvalidInputError(`${path} is no match that was exported: ${messageOf(cause)}`, {
      field: 'file',
      value: path,
      remedy: 'name a file of "dcn verify-match DEAL --export FILE"',
      cause
    })
  }
}

async function save(path: string, bundle: Uint8Array): Promise<void> {
  try {
    await writeFile(path, bundle, { flag: 'wx' })
  } catch (cause) {
    throw new InvalidInputError(`cannot write ${path}: ${troubleText(cause)}`, {
      field: 'export',
      value: path,
      remedy: 'give the name of a file that does not exist yet, in a directory that you may write to',
      cause
    })
  }
}

function matchText(view: MatchView, token: TokenView): string {
  const { verdict, findings, candidates, provider, caveat } = view
  const refused = new Map(findings.filter(f => f.code === 'rank-refused').map(f => [f.data['rank'], f.data['reason']]))
  const standing = (c: MatchView['candidates'][number]): string => {
    const reason = refused.get(String(c.rank))
    if (provider !== undefined && c.account === provider) return 'chosen'
    return reason === undefined ? '' : `refused: ${reason}`
  }
  const rows = candidates.map(c => [String(c.rank), c.account ?? 'unknown', money(c.ask, token), standing(c)])
  return [
    HEADLINES[verdict],
    ...findings.filter(f => f.code !== 'rank-refused').map(findingLine),
    '',
    `deal         ${view.deal ?? 'not checked'}`,
    `certificate  ${clean(view.certificate)}`,
    table(['RANK', 'PROVIDER', 'ASK', ''], rows, 'the list is empty'),
    clean(caveat),
    ...(token === USUAL_TOKEN ? [USUAL_TOKEN_NOTE] : []),
    ''
  ].join('\n')
}

function findingLine({ weight, sentence, data }: MatchView['findings'][number]): string {
  const details = Object.entries(data).map(([key, value]) => `${key} ${value}`)
  const about = details.length === 0 ? '' : ` (${details.join(', ')})`
  return `  ${weight.replace('-', ' ')}: ${clean(sentence + about)}`
}
