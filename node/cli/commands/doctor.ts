import type { Command } from 'commander'
import { messageOf, UserError } from '../../../protocols/common/errors.ts'
import type { NodeInfo, WalletView } from '../../http/views.ts'
import { type CommonOptions, contextOf, nodeCommand, print } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import type { Io } from '../io.ts'
import { clean, money, size } from '../text.ts'
import type { Finish } from './types.ts'

export interface Finding {
  ok: boolean
  /** nothing is wrong with the node, and still it should be known */
  warn?: true
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

/** What a node's own view of itself says about its health; the node's own warnings say when being alone is wrong. */
export function examine(info: NodeInfo, wallet: WalletView): Finding[] {
  return [
    { ok: true, what: `a node answers (${info.version}, ${info.roles.join(', ')})` },
    info.peers > 0
      ? { ok: true, what: `connected to ${info.peers} ${info.peers === 1 ? 'peer' : 'peers'}` }
      : { ok: true, what: 'connected to nobody yet' },
    ...reach(info),
    ...engines(info),
    ...machine(info),
    ...funds(info, wallet),
    ...info.warnings.map(w => ({ ok: false, what: w.message, ...(w.remedy === undefined ? {} : { remedy: w.remedy }) }))
  ]
}

/** A node that only submits dials the others: that nobody can dial it is no fault of it. */
function reach({ roles, reach: { ok, what, remedy, relaying, status, punched } }: NodeInfo): Finding[] {
  const serves = roles.some(role => role !== 'creator')
  const isFine = ok || !serves
  const isHard = status === 'closed' || (status === 'relayed' && punched.worked === 0)
  const found: Finding[] = [
    { ok: isFine, ...(isFine && isHard ? { warn: true } : {}), what, ...(remedy === undefined ? {} : { remedy }) }
  ]
  if (relaying === undefined) return found
  const { reservations, circuits } = relaying
  return [...found, { ok: true, what: `relays for members: ${reservations} places taken, ${circuits} circuits open` }]
}

/** A missing engine is wrong with a provider only. */
function engines(info: NodeInfo): Finding[] {
  const provider = info.roles.includes('provider')
  return info.engines.map(e =>
    e.available
      ? { ok: true, what: `${e.kind} runs here${e.warning === undefined ? '' : `, but ${e.warning}`}` }
      : {
          ok: !provider,
          what: `no ${e.kind}: ${e.reason ?? 'unavailable'}`,
          ...(e.remedy === undefined ? {} : { remedy: e.remedy })
        }
  )
}

/** What the machine has; what is wrong with its GPUs is among the node's own warnings. */
function machine({ host }: NodeInfo): Finding[] {
  if (host === undefined) return []
  const { cpuModel, cpus, memoryBytes, diskFreeBytes, gpus, gpuDriver } = host
  const devices = gpus.map(({ id, model, memoryBytes: bytes }) => ({
    ok: true,
    what: `GPU ${model}, ${size(bytes)} (${id}${gpuDriver === undefined ? '' : `, driver ${gpuDriver}`})`
  }))
  return [
    { ok: true, what: `${cpus} × ${cpuModel}, ${size(memoryBytes)} memory, ${size(diskFreeBytes)} disk free` },
    ...devices
  ]
}

/** A node that only relays pays for nothing. */
function funds(info: NodeInfo, wallet: WalletView): Finding[] {
  const relayOnly = info.roles.every(role => role === 'relay')
  if (wallet.settlement !== 'evm' || relayOnly) return []
  const held = BigInt(wallet.wallet) + BigInt(wallet.free)
  const remedy = `send some to ${wallet.account}`
  return [
    held > 0n
      ? { ok: true, what: `${money(held.toString(), info.token)} to spend` }
      : { ok: false, what: 'the account has no tokens', remedy },
    BigInt(wallet.gas) > 0n
      ? { ok: true, what: 'the account can pay for gas' }
      : { ok: false, what: 'the account cannot pay for gas', remedy }
  ]
}

function line({ ok, warn, what, remedy }: Finding): string {
  return `${warn === true ? 'warn' : ok ? 'ok  ' : 'bad '} ${clean(what)}\n${remedy === undefined ? '' : `     ${clean(remedy)}\n`}`
}
