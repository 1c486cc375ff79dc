const API = 'api/v1/faucet'
/** Between two looks at a claim that takes longer. */
const LOOK_MS = 1500
const COIN_DECIMALS = 18

const get = id => document.getElementById(id)
const [form, account, button, progress, outcome] = ['form', 'account', 'claim', 'progress', 'outcome'].map(get)
const wait = ms => new Promise(resolve => setTimeout(resolve, ms))
let info

/** What the faucet refuses, with its own words. */
class Refusal extends Error {
  constructor(problem) {
    super(problem.detail ?? 'the faucet does not answer')
    this.problem = problem
  }
}

async function ask(path, body) {
  const options =
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  let response
  try {
    response = await fetch(`${API}${path}`, options)
  } catch {
    throw new Refusal({ detail: 'the faucet cannot be reached', remedy: 'look at your connection, and try again' })
  }
  const answer = await response.json().catch(() => ({ detail: 'the faucet does not answer as it should' }))
  if (!response.ok) throw new Refusal(answer)
  return answer
}

/** `1500000000000000000` of 18 decimals: `1.5`. */
function amount(units, decimals) {
  const digits = units.padStart(decimals + 1, '0')
  const [whole, part] = [digits.slice(0, digits.length - decimals), digits.slice(digits.length - decimals)]
  const rest = part.replace(/0+$/, '')
  return rest === '' ? whole : `${whole}.${rest}`
}

const gift = ({ coin, tokens }) =>
  [
    [coin, COIN_DECIMALS, 'coin for gas'],
    [tokens, info.token.decimals, info.token.symbol]
  ]
    .filter(([units]) => units !== '0')
    .map(([units, decimals, name]) => `${amount(units, decimals)} ${name}`)
    .join(' and ')

const time = ms => new Date(ms).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const UNITS = [
  [86_400, 'a day', 'days'],
  [3600, 'an hour', 'hours'],
  [60, 'a minute', 'minutes'],
  [1, 'a second', 'seconds']
]
function duration(seconds) {
  const [size, one, many] = UNITS.find(([unit]) => seconds % unit === 0)
  const count = seconds / size
  return count === 1 ? `once ${one}` : `once in ${count} ${many}`
}

/** Text alone: nothing of an answer is ever read as a page. */
function say(kind, ...lines) {
  outcome.replaceChildren(
    ...lines.map(text => {
      const line = document.createElement('p')
      line.className = kind
      line.textContent = text
      return line
    })
  )
}

function facts(rows) {
  const cells = rows.flatMap(([name, value]) =>
    [
      ['dt', name],
      ['dd', value]
    ].map(([tag, text]) => {
      const cell = document.createElement(tag)
      cell.textContent = text
      return cell
    })
  )
  get('facts').replaceChildren(...cells)
}

async function load() {
  info = await ask('')
  get('network').textContent = info.network.name
  get('gives').textContent = `Gives ${gift(info)} at a time.`
  facts([
    ['An account', duration(info.intervalSec)],
    ['A network address', `${info.perIp} a day`],
    ['Left today', `${info.leftToday} of ${info.perDay}`],
    ['Chain', String(info.network.chainId)],
    ['Contract', info.contract]
  ])
  if (!info.isFilled) say('bad', 'The faucet is empty: come again later, or ask whoever runs it to fill it.')
}

function solve({ challenge, bits }) {
  return new Promise((resolve, reject) => {
    const worker = new Worker('solve.js', { type: 'module' })
    const end = done => {
      worker.terminate()
      done()
    }
    worker.onmessage = ({ data: { tried, answer } }) => {
      // the chance that it is found by now: it never goes back, and never says too much
      progress.value = 1 - Math.exp(-tried / 2 ** bits)
      if (answer !== undefined) end(() => resolve(answer))
    }
    worker.onerror = () =>
      end(() => reject(new Refusal({ detail: 'this browser cannot do the work', remedy: 'use dcn faucet claim' })))
    worker.postMessage({ challenge, bits })
  })
}

async function claim(who) {
  const { nextAt, work } = await ask(`/accounts/${encodeURIComponent(who)}`)
  if (nextAt !== undefined) {
    throw new Refusal({ detail: 'this account was given something not long ago', field: 'account', value: nextAt })
  }
  let proof = {}
  if (work !== undefined) {
    say('', 'Your browser works for it; that keeps the faucet from being emptied.')
    proof = { challenge: work.challenge, answer: await solve(work) }
  }
  progress.removeAttribute('value')
  say('', 'Waiting for the chain.')
  let done = await ask('/claim', { account: who, ...proof })
  while (done.state === 'sent') {
    await wait(LOOK_MS)
    done = (await ask(`/accounts/${who}`)).last ?? done
  }
  if (done.state === 'failed') throw new Refusal({ detail: 'the chain refused it; nothing was given' })
  return done
}

function refused(error) {
  const { problem = {} } = error
  const isLimit = typeof problem.value === 'number' && problem.value > Date.now()
  const then = isLimit ? `Come again from ${time(problem.value)} on.` : problem.remedy
  say('bad', `Not given: ${error.message}.`, ...(then === undefined ? [] : [then]))
  if (problem.field === 'account' || problem.field === 'params') account.setAttribute('aria-invalid', 'true')
}

let isBusy = false
function busy(is) {
  isBusy = is
  // a button that is disabled loses the focus, and with it the place of whoever uses the keyboard
  button.setAttribute('aria-disabled', String(is))
  progress.hidden = !is
  if (is) progress.removeAttribute('value')
}

form.addEventListener('submit', async event => {
  event.preventDefault()
  if (isBusy) return
  const who = account.value.trim()
  account.removeAttribute('aria-invalid')
  if (!/^0x[0-9a-fA-F]{40}$/.test(who)) {
    say('bad', 'This is no account: it is 0x and 40 digits from 0 to 9 and a to f.')
    account.setAttribute('aria-invalid', 'true')
    account.focus()
    return
  }
  busy(true)
  try {
    const done = await claim(who)
    const lines = [`Given: ${gift(done)}.`]
    if (done.transaction !== undefined) lines.push(`Transaction ${done.transaction}`)
    if (done.nextAt !== undefined) lines.push(`The next time from ${time(done.nextAt)} on.`)
    say('good', ...lines)
    await load().catch(() => undefined)
  } catch (error) {
    refused(error)
  } finally {
    busy(false)
  }
})

load().catch(refused)
