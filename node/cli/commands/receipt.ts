import type { Command } from 'commander'
import { parseReceipt, RECEIPT_MAX_CHARS, type Receipt } from '../../../protocols/deal/receipt.ts'
import { decodeSpec } from '../../../protocols/job/encode-spec.ts'
import { absolute } from '../../config/convert.ts'
import { command, contextOf, print } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import type { Io } from '../io.ts'
import { readNamedText } from '../read-file.ts'
import { clean, fields, money, USUAL_TOKEN, USUAL_TOKEN_NOTE } from '../text.ts'
import type { Finish } from './types.ts'

interface VerifyOptions {
  json?: boolean
  files?: string
}

export function verifyCommand(io: Io, finish: Finish): Command {
  return command('verify', 'check the receipt of a job, without a node and without a network', [
    'dcn receipt verify ~/.dcn/jobs/j4f1c/receipt.json',
    'dcn receipt verify receipt.json --files job-4f1c'
  ])
    .argument('<file>', 'receipt.json of a job')
    .option('--files <dir>', 'also whether the result files in this folder are the ones that were signed')
    .action((file: string, options: VerifyOptions) => finish(verifyReceipt(file, options, io), options))
}

export async function verifyReceipt(file: string, options: VerifyOptions, io: Io): Promise<ExitCode> {
  const receipt = await readReceipt(absolute(file, io.cwd))
  const { checkReceipt, manifestIn } = await import('../../roles/receipt/check.ts')
  const checks = await checkReceipt(receipt)
  const manifest = manifestIn(receipt)
  if (options.files !== undefined && manifest !== undefined) {
    const { checkFiles } = await import('../../roles/receipt/files.ts')
    const outputs = decodeSpec(receipt.spec).outputs.map(output => output.name)
    checks.push(...(await checkFiles(manifest, outputs, absolute(options.files, io.cwd), { signal: io.signal })))
  }
  const holds = checks.every(c => c.holds)
  const accepted = holds && receipt.resultSignatures.creator !== undefined
  const told = summary(receipt)
  const { price, charge } = told
  const shown = { ...told, price: money(price, USUAL_TOKEN), charge: money(charge, USUAL_TOKEN) }
  print(contextOf(io, options), { ...told, holds, accepted, checks }, () => {
    const lines = checks.map(c => `${c.holds ? 'ok    ' : 'WRONG '} ${c.check.padEnd(13)}  ${clean(c.detail)}\n`)
    const verdict = holds
      ? accepted
        ? 'valid, signed by both sides'
        : 'valid, signed by the provider alone'
      : 'NOT VALID'
    return `${fields(shown)}\n${lines.join('')}\n${verdict}\nnot part of a receipt: whether the money moved; the chain tells that\n${USUAL_TOKEN_NOTE}\n`
  })
  return holds ? EXIT.done : EXIT.failed
}

function summary({ id, deal, domain, result }: Receipt) {
  const { chainId, escrow } = domain
  return {
    deal: id,
    creator: deal.creator,
    provider: deal.provider,
    price: deal.price.toString(),
    charge: result.charge.toString(),
    settlement: chainId === 0 ? 'a network without a chain' : `escrow ${escrow} on chain ${chainId}`
  }
}

/** What is wrong is told with the path. @throws InvalidInputError, TooLargeError */
async function readReceipt(path: string): Promise<Receipt> {
  const remedy = "name the receipt.json in a job's folder"
  return parseReceipt(await readNamedText(path, { maxBytes: RECEIPT_MAX_CHARS, remedy }), path)
}
