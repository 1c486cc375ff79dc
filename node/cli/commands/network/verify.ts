import type { Command } from 'commander'
import { InvalidInputError } from '../../../../protocols/common/errors.ts'
import { absolute, INVITE_PREFIX } from '../../../config/convert.ts'
import { loadNetwork } from '../../../network/network-file.ts'
import type { Verified } from '../../../settlement/evm/deploy/verify.ts'
import { command, contextOf, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Io } from '../../io.ts'
import { fields, table } from '../../text.ts'
import type { Finish } from '../types.ts'
import { settingsJson, settingsText } from './deploy-text.ts'

interface VerifyOptions {
  json?: boolean
  rpc?: string
}

export function verifyCommand(io: Io, finish: Finish): Command {
  return command('verify', 'compare the contracts of a network with those of this version', [
    'dcn network verify market.json',
    'dcn network verify dcn1… --rpc https://rpc.example.org'
  ])
    .argument('<network>', 'network file or invite')
    .option('--rpc <url>', 'endpoint to ask instead of those of the network')
    .action((network: string, options: VerifyOptions) => finish(verifyNetwork(network, options, io), options))
}

export async function verifyNetwork(network: string, options: VerifyOptions, io: Io): Promise<ExitCode> {
  const { document } = await loadNetwork(network.startsWith(INVITE_PREFIX) ? network : absolute(network, io.cwd))
  const { chain, name } = document
  if (chain === null) {
    throw new InvalidInputError(`${name} settles on no chain: there are no contracts`, {
      field: 'network',
      value: name,
      remedy: 'name a network that has one'
    })
  }
  const { connect } = await import('../../../settlement/evm/client.ts')
  const { verifyDeployment } = await import('../../../settlement/evm/deploy/verify.ts')
  const client = connect({ rpcUrls: options.rpc === undefined ? chain.rpcUrls : [options.rpc], chainId: chain.chainId })
  const verified = await verifyDeployment(client, chain.chainId, chain)
  print(contextOf(io, options), verifiedJson(verified), () => verifiedText(verified))
  return verified.isOurs ? EXIT.done : EXIT.failed
}

function verifiedJson({ court, ...rest }: Verified): object {
  return { ...rest, court: court === undefined ? null : settingsJson(court) }
}

function verifiedText({ contracts, token, court, minWindowSec }: Verified): string {
  const says = (isOurs: boolean, contract: string) =>
    isOurs ? 'as compiled here' : contract === 'token' ? `${token.symbol}, of somebody else` : 'OTHER CODE'
  const rows = contracts.map(c => [c.contract, c.address, says(c.isOurs, c.contract), c.bytecodeHash ?? ''])
  const settings = court === undefined ? 'no court' : settingsText({ ...court, minWindowSec }, token)
  return `${table(['CONTRACT', 'ADDRESS', 'CODE', 'BYTECODE (keccak256)'], rows, '')}\n${fields({ settings })}`
}
