import { join } from 'node:path'
import { InvalidInputError } from '../../protocols/common/errors.ts'
import { tokenOf } from '../../protocols/common/network-document.ts'
import type { Address } from '../../protocols/common/values.ts'
import { Faucet } from '../faucet/faucet.ts'
import { Ledger } from '../faucet/ledger.ts'
import { faucetListener } from '../faucet/listener.ts'
import { devFaucet } from '../settlement/evm/deploy/faucet.ts'
import { rpcUrlsOf } from '../settlement/index.ts'
import type { Ground } from './ground.ts'
import { type NodeInit, signerOf } from './init.ts'

/** A node's faucet: the contract, what gives from it, and where it is asked. */
export interface FaucetPart {
  readonly url: string | undefined
  /** before anything else sends transactions of this account */
  prepare(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

/** Undefined without the role. @throws NoChainError, InvalidInputError when nothing says which contract */
export function makeFaucet({ config, network, account, log }: NodeInit, ground: Ground): FaucetPart | undefined {
  if (!config.roles.includes('faucet')) return undefined
  const { settlement, clock } = ground
  const { contract: given, work, perIp, perDay, listen, proxyHeader } = config.faucet
  const { chain } = network
  // refuses by itself where there is no chain
  if (chain === null) settlement.faucet(NOWHERE)
  if (given === undefined && chain?.dev !== true) {
    throw new InvalidInputError('nothing says which contract the faucet gives from', {
      field: 'faucet.contract',
      remedy: 'deploy one with dcn faucet deploy, and name it with --faucet-contract'
    })
  }
  let address = given
  let open: { faucet: Faucet; listener: ReturnType<typeof faucetListener> } | undefined
  return {
    get url() {
      return open?.listener.url
    },
    async prepare() {
      if (address !== undefined || chain === null) return
      const rpcUrls = rpcUrlsOf(chain, config)
      address = await devFaucet({ rpcUrls, token: chain.token }, signerOf(account), join(config.dataDir, 'faucet'))
    },
    async start() {
      if (open !== undefined) return
      const faucet = new Faucet(
        {
          network: { name: network.name, chainId: settlement.domain.chainId },
          token: tokenOf(network),
          limits: { perIp, perDay },
          work
        },
        {
          contract: settlement.faucet(address ?? NOWHERE),
          settlement,
          ledger: new Ledger(join(config.dataDir, 'faucet.db')),
          clock,
          log
        }
      )
      const onError = (message: string, error: unknown) => log.error({ error }, message)
      open = { faucet, listener: faucetListener(listen, { faucet, clock, proxyHeader, onError }) }
      await faucet.start()
      await open.listener.start()
    },
    async stop() {
      const { faucet, listener } = open ?? {}
      open = undefined
      await listener?.stop()
      await faucet?.stop()
    }
  }
}

const NOWHERE: Address = `0x${'00'.repeat(20)}`
