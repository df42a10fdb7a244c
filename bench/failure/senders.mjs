// How each contender sends a call. `send(path)` resolves to the status, or rejects.
import { BalancedPool, interceptors } from 'undici'
import { cockatiel, pRetryAndOpossum, withTimeout } from '../by-hand.mjs'
import { TRIES, TRY_TIMEOUT } from './fault.mjs'

/** When those who guard a server themselves try it again. */
const TRY_AGAIN = 5_000
const byHand = { timeout: TRY_TIMEOUT, retries: TRIES - 1, tryAgain: TRY_AGAIN }

const FAILURES = ['ECONNRESET', 'ECONNREFUSED', 'ENOTFOUND', 'ENETDOWN', 'ENETUNREACH', 'EHOSTDOWN', 'EPIPE']
const UNDICI_FAILURES = [
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]

export const SENDERS = {
  async evenkeel({ urls, modules, policy, checked }) {
    const { createBalancer, httpCheck, ...exported } = await import(modules.evenkeel)
    const balancer = createBalancer({
      endpoints: urls,
      policy: policy && exported[policy](),
      timeout: { attempt: TRY_TIMEOUT },
      healthCheck: checked && httpCheck({ path: '/health', timeout: 500, fastInterval: 500 }),
    })
    return (path) => ended(balancer.fetch(path))
  },
  roundRobin: ({ urls }) => overFetch(withTimeout, urls),
  pRetryOpossum: ({ urls }) => overFetch(pRetryAndOpossum, urls),
  cockatiel: ({ urls }) => overFetch(cockatiel, urls),
  balancedPool: ({ urls }) => request(pool(urls)),
  retryingPool: ({ urls }) => {
    const options = {
      maxRetries: TRIES - 1,
      minTimeout: 25,
      maxTimeout: 1_000,
      errorCodes: [...FAILURES, ...UNDICI_FAILURES],
    }
    return request(pool(urls).compose(interceptors.retry(options)))
  },
  proxy:
    ({ proxy }) =>
    (path) =>
      ended(fetch(proxy + path)),
}

function overFetch(contender, urls) {
  const send = contender(fetchAndRead, urls, byHand)
  return async (path) => (await send(path)).status
}

function pool(urls) {
  return new BalancedPool(urls, {
    headersTimeout: TRY_TIMEOUT,
    bodyTimeout: TRY_TIMEOUT,
    connect: { timeout: TRY_TIMEOUT },
  })
}

function request(dispatcher) {
  return async (path) => {
    const { statusCode, body } = await dispatcher.request({ method: 'GET', path })
    await body.text()
    return statusCode
  }
}

/** With its body, which has to be there before cockatiel's timeout aborts its signal, as it does at the end too. */
async function fetchAndRead(...args) {
  const response = await fetch(...args)
  await response.text()
  return response
}

async function ended(answer) {
  const response = await answer
  await response.text()
  return response.status
}
