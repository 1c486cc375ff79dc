import type { Command } from 'commander'
import type { NetworkDocument } from '../../../../protocols/common/network-document.ts'
import { NotOwnerError, type Signer } from '../../../../protocols/network/revise.ts'
import type { Estimate } from '../../../settlement/evm/deploy/estimate.ts'
import type { DeployInit } from '../../../settlement/evm/deploy/index.ts'
import { confirm } from '../../confirm.ts'
import { type Context, command, contextOf, print } from '../../context.ts'
import type { DeployKey } from '../../deploy-key.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Io } from '../../io.ts'
import type { Finish } from '../types.ts'
import { type DeployOptions, type DeployRequest, deployOptions, deployRequest, type Target } from './deploy-options.ts'
import { createdText, type Done, doneJson, doneText, planJson, planText } from './deploy-text.ts'

/** A chain on this machine answers in a millisecond. */
const DEV_POLL_MS = 20
const CONFIRMATIONS = { dev: 1, other: 2 } as const

export function deployCommand(io: Io, finish: Finish): Command {
  return deployOptions(
    command('deploy', 'put token, court, escrow, job board and module registry on a chain', [
      'dcn network deploy --rpc http://127.0.0.1:8545 --profile dev --dry-run',
      'dcn network deploy --rpc https://rpc.example.org --token 0x… --profile public --out market.json'
    ])
  ).action((options: DeployOptions) => finish(deployNetwork(options, io), options))
}

export async function deployNetwork(options: DeployOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const request = await deployRequest(options, io)
  // contracts and chain code are loaded by this command alone
  const { isDevChain } = await import('../../../settlement/evm/dev-funds.ts')
  const { estimateDeployment } = await import('../../../settlement/evm/deploy/estimate.ts')
  const { deployKey } = await import('../../deploy-key.ts')
  const isDev = await isDevChain(request.what.rpcUrl)
  const key = await deployKey(io, request, isDev)
  const estimate = await estimateDeployment({ ...request.what, deployer: key.address })
  const plan = planText(request.what, key.from, estimate)
  if (request.target === undefined) {
    print(context, planJson(estimate), () => `${plan}\nNothing was sent.\n`)
    return EXIT.done
  }
  const owner = await ownerOf(request.dataDir, request.target.existing)
  if (!context.json) io.stderr.write(`${plan}\n`)
  if (!request.isConfirmed) await confirm(io, 'What is deployed cannot be changed afterwards. Deploy?')
  const done = await deploy(request, request.target, { key, estimate, isDev, owner }, context)
  print(context, doneJson(done), () => doneText(done))
  return EXIT.done
}

/** Whose key signs the document: said before anything is paid for. @throws NotOwnerError */
async function ownerOf(dataDir: string, existing: NetworkDocument | undefined): Promise<Signer> {
  const { loadPeerSeed } = await import('../../../config/identity.ts')
  const { peerSigner } = await import('../../../network/peer-signer.ts')
  const signer = peerSigner(await loadPeerSeed(dataDir))
  if (existing !== undefined && existing.owner !== signer.key) throw new NotOwnerError(existing.owner, signer.key)
  return signer
}

/** Sends what is missing, then writes the addresses down: a run that fails before that goes on with the next one. */
async function deploy(
  { what, rpcUrls, confirmations, dataDir }: DeployRequest,
  { path, name, existing }: Target,
  { key, estimate, isDev, owner }: { key: DeployKey; estimate: Estimate; isDev: boolean; owner: Signer },
  { io, json, verbose }: Context
): Promise<Done> {
  const { deployContracts } = await import('../../../settlement/evm/deploy/index.ts')
  const { fileRecord } = await import('../../../settlement/evm/deploy/record.ts')
  const { named } = await import('../../../settlement/evm/token-info.ts')
  const { newNetwork } = await import('../../../config/create-network.ts')
  const { revise } = await import('../../../../protocols/network/revise.ts')
  const { writeNetworkFile } = await import('../../../network/network-file.ts')
  const record = fileRecord(dataDir)
  const init: DeployInit = {
    ...what,
    account: await key.unlock(),
    record,
    neededWei: estimate.neededWei,
    ...(isDev ? { pollMs: DEV_POLL_MS } : {}),
    onCreated: created => {
      if (verbose && !json) io.stderr.write(createdText(created))
    }
  }
  const deployment = await deployContracts(init, { signal: io.signal })
  const { chainId, escrow, court, board, modules, token, tokenInfo, startBlock } = deployment
  const chain = {
    ...{ chainId, rpcUrls, escrow, court, board, modules, token, startBlock: Number(startBlock) },
    ...named(tokenInfo),
    confirmations: confirmations ?? (isDev ? CONFIRMATIONS.dev : CONFIRMATIONS.other),
    ...(isDev ? { dev: true, pollMs: DEV_POLL_MS } : {})
  }
  const nowMs = Date.now()
  const network =
    existing === undefined ? newNetwork({ name, chain, owner, nowMs }) : revise(existing, { chain }, owner, nowMs)
  await writeNetworkFile(path, network)
  record.clear()
  return { ...deployment, file: path, network: { id: network.id, name: network.name } }
}
