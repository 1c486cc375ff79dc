import type { Command } from 'commander'
import { messageOf, UserError } from '../../../protocols/common/errors.ts'
import type { NodeInfo, WalletView } from '../../http/views.ts'
import { type CommonOptions, contextOf, nodeCommand, print } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import type { Io } from '../io.ts'
import { clean } from '../text.ts'
import type { Finish } from './types.ts'

export interface Finding {
  ok: boolean
  what: string
  remedy?: string
}

export function doctorCommand(io: Io, finish: Finish): Command {
  return nodeCommand('doctor', 'what is wrong with the local node, and what to do', ['dcn doctor']).action(
    (options: CommonOptions) => finish(doctor(options, io), options)
  )
}

export async function doctor(options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  let findings: Finding[]
  let code: ExitCode = EXIT.done
  try {
    const client = await context.client()
    findings = examine(await client.info(), await client.wallet())
    if (findings.some(f => !f.ok)) code = EXIT.failed
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    findings = [{ ok: false, what: messageOf(error), ...(error.remedy === undefined ? {} : { remedy: error.remedy }) }]
    code = EXIT.network
  }
  print(context, findings, () => findings.map(line).join(''))
  return code
}

/** What a node's own view of itself says about its health. */
export function examine(info: NodeInfo, wallet: WalletView): Finding[] {
  const provider = info.roles.includes('provider')
  const someEngine = info.engines.some(e => e.available)
  const poor = wallet.settlement === 'evm' && BigInt(wallet.wallet) + BigInt(wallet.free) === 0n
  const gasless = wallet.settlement === 'evm' && BigInt(wallet.gas) === 0n
  return [
    { ok: true, what: `a node answers (${info.version}, ${info.roles.join(', ')})` },
    info.peers > 0
      ? { ok: true, what: `connected to ${info.peers} peers` }
      : { ok: false, what: 'connected to nobody', remedy: 'check --network and that the relay can be reached' },
    ...(provider && !someEngine
      ? [{ ok: false, what: 'no engine to run jobs with', remedy: 'see the lines below' }]
      : []),
    ...info.engines
      .filter(e => !e.available)
      .map(e => ({
        ok: !provider,
        what: `no ${e.kind}: ${e.reason ?? 'unavailable'}`,
        ...(e.remedy === undefined ? {} : { remedy: e.remedy })
      })),
    ...(poor ? [{ ok: false, what: 'the account has no tokens', remedy: `send some to ${wallet.account}` }] : []),
    ...(gasless
      ? [{ ok: false, what: 'the account cannot pay for gas', remedy: `send some to ${wallet.account}` }]
      : []),
    ...info.warnings.map(w => ({ ok: false, what: w.message, ...(w.remedy === undefined ? {} : { remedy: w.remedy }) }))
  ]
}

function line({ ok, what, remedy }: Finding): string {
  return `${ok ? 'ok  ' : 'bad '} ${clean(what)}\n${remedy === undefined ? '' : `     ${clean(remedy)}\n`}`
}
