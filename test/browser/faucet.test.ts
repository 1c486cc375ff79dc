import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { createTestClient, http, publicActions } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import type { ClaimView, FaucetInfo } from '../../node/faucet/views.ts'
import type { JobView, NodeInfo, WalletView } from '../../node/http/views.ts'
import { type Anvil, startAnvil } from '../../scripts/lib/anvil.ts'
import { ByHand } from '../e2e/support/by-hand.ts'
import { dcn } from '../e2e/support/cli.ts'
import { built } from '../e2e/support/lab.ts'
import { skip } from '../e2e/support/skip.ts'
import { eventually } from '../e2e/support/wait.ts'
import { findChromium, launch, NO_CHROMIUM } from './chromium.ts'

const KEYS = '--insecure-dev-keys'
/** No chain for development, so that no node gives itself anything. */
const CHAIN_ID = 4242
const PHRASE = 'a phrase for a test'
const JOB = `export default ({ outputs }) => outputs.write('/outputs/done.txt', 'yes')\n`
const ONE_COIN = 10n ** 18n
const TOKENS = 100n * ONE_COIN
const WORK = 8
/** Where the pictures go, when somebody wants to look at them. */
const SHOTS = process.env['DCN_SHOTS']

const anybody = () => privateKeyToAccount(generatePrivateKey()).address

describe('faucet of a network', function () {
  this.timeout(120_000)
  let hand: ByHand
  let anvil: Anvil
  let contract = ''
  let url = ''

  before(async function () {
    // the first file of a run compiles and bundles
    this.timeout(240_000)
    await built()
    anvil = await startAnvil({ chainId: CHAIN_ID, blockTimeSec: 1 })
    hand = await ByHand.start({ chain: false, prepare })
    const faucet = ['--role', 'faucet', '--faucet-contract', contract, '--faucet-work', String(WORK)]
    await Promise.all([
      hand.join('owner', [...faucet, '--faucet-per-ip', '50'], { env: { DCN_PASSPHRASE: PHRASE } }),
      hand.join('provider', ['--role', 'provider', '--engines', 'js', KEYS]),
      hand.join('creator', ['--role', 'creator', KEYS]),
      writeFile(join(hand.dir, 'job.mjs'), JOB)
    ])
    url = (await node('owner')).faucet ?? ''
  })
  after(async () => {
    await hand?.stop()
    await anvil?.stop()
  })

  /** The owner puts the contracts of the network and its faucet on the chain, and serves the faucet later. */
  async function prepare({ dir }: ByHand): Promise<readonly string[]> {
    const env = { DCN_PASSPHRASE: PHRASE }
    const run = async (...args: string[]) => {
      const ended = await dcn([...args, '--json'], { cwd: dir, node: join(dir, 'owner'), env })
      assert.equal(ended.code, 0, ended.stdout + ended.stderr)
      return ended.json<Record<string, string>>()[0] ?? {}
    }
    const { account = '' } = await run('wallet', 'new')
    await give(account, 100n * ONE_COIN)
    await run('network', 'deploy', '--rpc', anvil.url, '--profile', 'dev', '--out', 'lab.json', '--yes')
    const gift = ['--coin', '1', '--tokens', '100', '--interval', '1h', '--per-day', '50']
    contract = (await run('faucet', 'deploy', '--network', 'lab.json', ...gift, '--yes'))['contract'] ?? ''
    return ['--network', 'lab.json']
  }

  const give = (address: string, value: bigint) =>
    createTestClient({ mode: 'anvil', transport: http(anvil.url) }).setBalance({
      address: address as `0x${string}`,
      value
    })
  const value = async <T>(name: string, ...args: string[]) => {
    const ended = await hand.dcn(name, ...args, '--json')
    assert.equal(ended.code, 0, ended.stdout + ended.stderr)
    return ended.json<T>()[0] as T
  }
  const node = (name: string) => value<NodeInfo>(name, 'node')
  const wallet = (name: string) => value<WalletView>(name, 'wallet', 'show')
  const claim = (name: string, ...args: string[]) => hand.dcn(name, 'faucet', 'claim', '--url', url, ...args)

  it('error: an empty faucet gives neither of the two, and says so', async () => {
    await give(contract, 50n * ONE_COIN)
    assert.equal((await value<FaucetInfo>('owner', 'faucet', 'status')).isFilled, false)
    const refused = await claim('creator', '--json')
    assert.equal(refused.code, 5, refused.stderr)
    assert.equal(refused.json<{ error: { name: string } }>()[0]?.error.name, 'FaucetEmptyError')
    assert.equal((await wallet('creator')).gas, '0')
  })

  it('default: accounts with nothing claim, deposit, and run a job', async () => {
    await value('owner', 'wallet', 'deposit', '1000')
    await value('owner', 'wallet', 'withdraw', '900', '--to', contract)
    const [mine, theirs] = await Promise.all(
      ['creator', 'provider'].map(name => value<ClaimView>(name, 'faucet', 'claim', '--url', url))
    )
    assert.deepEqual([mine?.state, theirs?.state], ['done', 'done'])
    const { wallet: tokens, gas } = await wallet('creator')
    assert.deepEqual([BigInt(tokens), BigInt(gas)], [TOKENS, ONE_COIN])
    await value('creator', 'wallet', 'deposit', '50')
    await eventually('an offer', async () => (await value<unknown[]>('creator', 'offers')).length === 1)
    const ran = await hand.dcn('creator', 'js', 'run', 'job.mjs', '--out', 'out', '--json')
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    const { job } = ran.json().at(-1) as unknown as { job: JobView }
    assert.equal(job.state, 'done')
  })

  it('error: a second claim is refused with the time of the next; a text for people', async () => {
    const again = await claim('creator', '--json')
    assert.equal(again.code, 5)
    const { error } = again.json<{ error: { name: string; field: string; value: number } }>()[0] ?? {}
    assert.deepEqual([error?.name, error?.field], ['FaucetLimitError', 'account'])
    assert.ok((error?.value ?? 0) > Date.now())
    const told = await hand.dcn('creator', 'faucet', 'status', await hand.account('creator'), '--url', url)
    assert.match(told.stdout, /^gives +1 coin and 100 DCN$/m)
    assert.match(told.stdout, /^again +20\d\d-/m)
    const nowhere = await hand.dcn('creator', 'faucet', 'claim')
    assert.equal(nowhere.code, 2)
    assert.match(nowhere.stderr, /--url/)
    assert.equal((await hand.dcn('creator', 'faucet', 'claim', '0x12', '--url', url)).code, 2)
    assert.equal((await hand.dcn('creator', 'faucet', 'claim', '--url', 'http://127.0.0.1:1')).code, 4)
  })

  describe('in Chromium', () => {
    let browser: Browser | undefined
    before(async function () {
      const path = findChromium()
      if (path === undefined) return skip(this, NO_CHROMIUM)
      browser = await launch(path)
    })
    after(() => browser?.close())

    /** A page, and what it should not have done: errors, requests to others, text wider than the window. */
    async function open(width = 1000, colorScheme: 'light' | 'dark' = 'light') {
      assert.ok(browser !== undefined)
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme })
      const page = await context.newPage()
      const wrong: string[] = []
      page.on('console', message => message.type() === 'error' && wrong.push(message.text()))
      page.on('pageerror', error => wrong.push(error.message))
      page.on('request', request => request.url().startsWith(url) || wrong.push(request.url()))
      await page.goto(url)
      await page.getByText('Gives 1 coin for gas and 100 DCN').waitFor()
      return { page, wrong, close: () => context.close() }
    }
    const shot = async (page: Page, name: string) => {
      if (SHOTS !== undefined) await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true })
    }

    it('default: a claim by keyboard alone; the worker works, the chain gives, the transaction is shown', async () => {
      const { page, wrong, close } = await open()
      const account = anybody()
      await page.keyboard.press('Tab')
      await page.keyboard.type(account)
      await page.keyboard.press('Tab')
      assert.equal(await page.evaluate('document.activeElement.id'), 'claim')
      await page.keyboard.press('Enter')
      await page.getByText('Given: 1 coin for gas and 100 DCN.').waitFor()
      const text = await page.getByRole('status').textContent()
      assert.match(text ?? '', /Transaction 0x[0-9a-f]{64}/)
      assert.match(text ?? '', /The next time from /)
      const has = await createTestClient({ mode: 'anvil', transport: http(anvil.url) })
        .extend(publicActions)
        .getBalance({ address: account })
      assert.equal(has, ONE_COIN)
      await shot(page, 'given')
      await page.keyboard.press('Enter')
      await page.getByText('Not given: this account was given something not long ago.').waitFor()
      await page.getByText(/^Come again from .*20\d\d/).waitFor()
      assert.equal(await page.getByLabel('Account').getAttribute('aria-invalid'), 'true')
      assert.deepEqual(wrong, [])
      await close()
    })

    it('error: no account, and a faucet that is gone', async () => {
      const { page, wrong, close } = await open(400)
      await page.getByLabel('Account').fill('0x12<b>bold</b>')
      await page.getByRole('button', { name: 'Claim' }).click()
      await page.getByText('This is no account').waitFor()
      await page.getByLabel('Account').fill(anybody())
      await page.context().setOffline(true)
      await page.getByRole('button', { name: 'Claim' }).click()
      await page.getByText('Not given: the faucet cannot be reached.').waitFor()
      await page.context().setOffline(false)
      assert.ok(
        wrong.every(text => /ERR_INTERNET_DISCONNECTED/.test(text)),
        wrong.join()
      )
      assert.equal(await page.getByRole('button', { name: 'Claim' }).getAttribute('aria-disabled'), 'false')
      await close()
    })

    for (const scheme of ['light', 'dark'] as const) {
      it(`behavior: nothing is cut off at 400 and 1600 pixels, ${scheme}`, async () => {
        const { page, wrong, close } = await open(400, scheme)
        await page.getByText(contract).waitFor()
        const colour = await page.evaluate('getComputedStyle(document.body).backgroundColor')
        assert.equal(colour === 'rgb(15, 23, 25)', scheme === 'dark', String(colour))
        for (const width of [400, 1600]) {
          await page.setViewportSize({ width, height: 900 })
          const [scrolled = 0, seen = 0] = (await page.evaluate(
            '[document.documentElement.scrollWidth, document.documentElement.clientWidth]'
          )) as number[]
          assert.ok(scrolled <= seen, `${scrolled} of ${seen}`)
          await shot(page, `${width}-${scheme}`)
        }
        assert.deepEqual(wrong, [])
        await close()
      })
    }
  })
})
