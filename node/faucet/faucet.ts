import { UserError } from '../../protocols/common/errors.ts'
import type { TokenInfo } from '../../protocols/common/network-document.ts'
import type { Address } from '../../protocols/common/values.ts'
import type { AbortOptions, Clock, Log } from '../components.ts'
import { pause } from '../network/deadline.ts'
import { repeat } from '../roles/repeat.ts'
import { type FaucetContract, FaucetEmptyError, type FaucetSettings, type FaucetState } from '../settlement/faucet.ts'
import type { Settlement } from '../settlement/settlement.ts'
import { checkWork, makeChallenge } from './challenge.ts'
import { FaucetLimitError, FaucetWorkError } from './errors.ts'
import type { Claim, Ledger } from './ledger.ts'
import type { Limits } from './limits.ts'
import type { AccountView, ClaimRequest, ClaimView, FaucetInfo } from './views.ts'

export interface FaucetInit {
  network: { name: string; chainId: number }
  token: TokenInfo
  limits: Limits
  /** leading zero bits of the work for a claim; 0: none */
  work: number
  /** how long a claim is answered with what came of it. @default 15_000 */
  answerMs?: number
  /** what is under way is looked after this often. @default 5_000 */
  everyMs?: number
}

export interface FaucetComponents {
  contract: FaucetContract
  settlement: Pick<Settlement, 'now'>
  ledger: Ledger
  clock: Clock
  log: Log
}

/** Endings after which nothing was given and nothing will be. */
const FINAL = new Set(['FaucetRefusedError', 'FaucetEmptyError', 'InvalidInputError', 'TransactionRevertedError'])
/** What everybody asks for is read from the chain this often at most. */
const STATE_MS = 2_000
/** Blocks of most chains come faster, and no proxy gives up so soon. */
const ANSWER_MS = 15_000
const PRUNE_MS = 3_600_000

/**
 * Gives coin and token to accounts, within limits. A claim is on disk before its transaction leaves; the contract takes each turn of
 * an account once, so that a claim is neither lost nor given twice, whatever stops in between.
 */
export class Faucet {
  readonly #init: FaucetInit
  readonly #parts: FaucetComponents
  readonly #giving = new Map<number, Promise<Claim>>()
  #settings: FaucetSettings | undefined
  #state: { at: number; value: Promise<FaucetState> } | undefined
  #running: AbortController | undefined
  #loop: Promise<unknown> = Promise.resolve()

  constructor(init: FaucetInit, parts: FaucetComponents) {
    this.#init = init
    this.#parts = parts
  }

  /** @throws WrongContractError */
  async start(): Promise<void> {
    if (this.#running !== undefined) return
    const { contract, ledger, clock, log } = this.#parts
    const { settings, scope } = await contract.open()
    ledger.open(scope)
    this.#settings = settings
    this.#running = new AbortController()
    const { signal } = this.#running
    const onError = (error: unknown) => log.warn({ error }, 'a claim is not given yet')
    const look = async () => void (await Promise.all(ledger.underWay().map(claim => this.#give(claim))))
    const prune = async () => ledger.prune(clock.nowMs())
    this.#loop = Promise.all([
      repeat(signal, this.#init.everyMs ?? 5_000, look, onError),
      repeat(signal, PRUNE_MS, prune, onError)
    ])
  }

  async stop(): Promise<void> {
    this.#running?.abort()
    this.#running = undefined
    await this.#loop
    await Promise.allSettled(this.#giving.values())
    this.#parts.ledger.close()
  }

  async info(): Promise<FaucetInfo> {
    const { network, token, limits, work } = this.#init
    const { contract, ledger, clock } = this.#parts
    const settings = this.#need()
    const state = await this.#look()
    const perDay = Math.min(limits.perDay, settings.dripsPerDay)
    return {
      network,
      contract: contract.address,
      token,
      coin: settings.coin.toString(),
      tokens: settings.tokens.toString(),
      intervalSec: settings.intervalSec,
      perIp: limits.perIp,
      perDay,
      leftToday: Math.max(0, Math.min(perDay - ledger.today(clock.nowMs()), state.leftToday)),
      isFilled: state.coin >= settings.coin && state.tokens >= settings.tokens,
      work
    }
  }

  /** What an account may do, and what it is to work on. */
  async account(account: Address): Promise<AccountView> {
    const { ledger, clock } = this.#parts
    const { work } = this.#init
    this.#need()
    const last = ledger.last(account)
    const [wait, view] = await Promise.all([this.#wait(account), last && this.#view(last)])
    return {
      account,
      ...(wait.atMs === undefined ? {} : { nextAt: wait.atMs }),
      ...(view === undefined ? {} : { last: view }),
      ...(work === 0 ? {} : { work: makeChallenge(ledger.secret, account, work, clock.nowMs()) })
    }
  }

  /**
   * Gives one drip, once: claims of an account at the same time are one.
   *
   * @param net who asks, see `clientNet`
   * @returns what came of it; `sent` when it takes longer, then `account` tells later
   * @throws FaucetLimitError, FaucetWorkError, FaucetEmptyError, FaucetRefusedError, and those of the chain
   */
  async claim(request: ClaimRequest, net: string): Promise<ClaimView> {
    const { contract, ledger, clock } = this.#parts
    const { account } = request
    this.#need()
    const nowMs = clock.nowMs()
    const work = this.#checkWork(request, nowMs)
    const { turn, atMs } = await this.#wait(account)
    if (ledger.ofTurn(account, turn) === undefined) {
      if (atMs !== undefined) {
        const limit = `once in ${this.#need().intervalSec} s`
        throw new FaucetLimitError('account', `${account} was given something not long ago`, { atMs, limit })
      }
      // what would fail is told without being counted
      await contract.check(account, turn)
    }
    const given = { account, turn, net, nowMs, ...(work === undefined ? {} : { work }) }
    const { claim } = ledger.enter(given, this.#init.limits)
    const timer = new AbortController()
    const late = pause(this.#init.answerMs ?? ANSWER_MS, timer.signal).then(() => claim)
    const ended = await Promise.race([this.#give(claim), late]).finally(() => timer.abort())
    return this.#view(ended)
  }

  #checkWork({ account, challenge, answer }: ClaimRequest, nowMs: number) {
    const { work } = this.#init
    if (work === 0) return undefined
    if (challenge === undefined) throw new FaucetWorkError('a claim costs some work here', 'challenge')
    if (answer === undefined) throw new FaucetWorkError('a claim costs some work here', 'answer')
    return checkWork(this.#parts.ledger.secret, { account, challenge, answer }, work, nowMs)
  }

  /** Carries a claim out, or finds that it was: by one at a time. */
  #give(claim: Claim): Promise<Claim> {
    if (claim.state !== 'sent') return Promise.resolve(claim)
    let giving = this.#giving.get(claim.id)
    if (giving === undefined) {
      giving = this.#carryOut(claim).finally(() => this.#giving.delete(claim.id))
      this.#giving.set(claim.id, giving)
      giving.catch(() => {})
    }
    return giving
  }

  async #carryOut(claim: Claim): Promise<Claim> {
    const { contract, log } = this.#parts
    const { account, turn } = claim
    const options = { signal: this.#running?.signal ?? AbortSignal.abort() }
    const given = () => this.#givenBy(claim, options)
    const before = await given()
    if (before !== undefined) return this.#end(claim, before.transaction)
    try {
      const { transaction } = await contract.drip(account, turn, options)
      log.info({ account, turn, transaction }, 'the faucet gave')
      return this.#end(claim, transaction)
    } catch (error) {
      if (!(error instanceof UserError) || !FINAL.has(error.name)) throw error
      // the refusal of a second try says that the first one worked
      const after = await given()
      if (after !== undefined) return this.#end(claim, after.transaction)
      log.warn({ account, turn, error }, 'the faucet could not give')
      this.#parts.ledger.end(claim, 'failed')
      throw error
    } finally {
      this.#state = undefined
    }
  }

  /** What the chain says of a claim: undefined while it was not given. */
  async #givenBy({ account, turn }: Claim, options: AbortOptions): Promise<{ transaction?: string } | undefined> {
    const { contract } = this.#parts
    if ((await contract.nextOf(account, options)).turn <= turn) return undefined
    const transaction = await contract.transactionOf(account, turn, options)
    return transaction === undefined ? {} : { transaction }
  }

  #end(claim: Claim, transaction: string | undefined): Claim {
    this.#parts.ledger.end(claim, 'done', transaction)
    return { ...claim, state: 'done', ...(transaction === undefined ? {} : { transaction }) }
  }

  /** The next turn of an account, and from when on, where it has to wait. By the chain's clock: it is the chain that refuses. */
  async #wait(account: Address): Promise<{ turn: number; atMs: number | undefined }> {
    const { contract, settlement } = this.#parts
    const [{ turn, notBeforeSec }, nowSec] = await Promise.all([contract.nextOf(account), settlement.now()])
    return { turn, atMs: notBeforeSec > nowSec ? notBeforeSec * 1000 : undefined }
  }

  async #view({ account, state, transaction }: Claim): Promise<ClaimView> {
    const { coin, tokens } = this.#need()
    const { atMs } = await this.#wait(account)
    return {
      account,
      state,
      coin: coin.toString(),
      tokens: tokens.toString(),
      ...(transaction === undefined ? {} : { transaction }),
      ...(atMs === undefined ? {} : { nextAt: atMs })
    }
  }

  #look(): Promise<FaucetState> {
    const now = this.#parts.clock.nowMs()
    if (this.#state === undefined || now - this.#state.at > STATE_MS) {
      const value = this.#parts.contract.state()
      value.catch(() => {
        this.#state = undefined
      })
      this.#state = { at: now, value }
    }
    return this.#state.value
  }

  #need(): FaucetSettings {
    if (this.#settings === undefined || this.#running === undefined) {
      throw new FaucetEmptyError('the faucet is not open', { remedy: 'try again in a moment' })
    }
    return this.#settings
  }
}
