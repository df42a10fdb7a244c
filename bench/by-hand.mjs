// The contenders: what people write themselves around `fetch`.
import {
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
  retry,
  TimeoutStrategy,
  timeout as timeoutPolicy,
  wrap,
} from 'cockatiel'
import CircuitBreaker from 'opossum'
import pRetry from 'p-retry'

/** In ms: for a try, until a broken endpoint is tried again, and the first and longest pause before a retry. */
const DEFAULTS = { timeout: 10_000, retries: 2, tryAgain: 30_000 }
const PAUSE = { first: 25, longest: 1_000 }

/** Round robin, and nothing else. */
export function bare(fetch, urls) {
  let next = 0
  return (path) => fetch(urls[next++ % urls.length] + path, { method: 'GET' })
}

/** Round robin and a timeout. */
export function withTimeout(fetch, urls, { timeout } = DEFAULTS) {
  let next = 0
  return (path) =>
    fetch(urls[next++ % urls.length] + path, { method: 'GET', signal: AbortSignal.timeout(timeout) })
}

/** Round robin over those whose breaker is closed, a timeout, and retries: p-retry around opossum. */
export function pRetryAndOpossum(fetch, urls, { timeout, retries, tryAgain } = DEFAULTS) {
  const breakers = urls.map((url) => {
    const send = async (path) => checked(await fetch(url + path, init(AbortSignal.timeout(timeout))))
    // The signal is the timeout; opossum's own would be a second one.
    const options = { timeout: false, volumeThreshold: 10, rollingPercentilesEnabled: false }
    return new CircuitBreaker(send, { ...options, resetTimeout: tryAgain })
  })
  const choose = roundRobinOver(breakers, (breaker) => !breaker.opened)
  const options = { retries, minTimeout: PAUSE.first, maxTimeout: PAUSE.longest, randomize: true }
  return (path) => pRetry(() => choose().fire(path), options)
}

/** The same with cockatiel's own timeout, breaker and retries. */
export function cockatiel(fetch, urls, { timeout, retries, tryAgain } = DEFAULTS) {
  const guards = urls.map((url) => {
    const breaker = circuitBreaker(handleAll, { halfOpenAfter: tryAgain, breaker: new ConsecutiveBreaker(5) })
    const guard = { url, breaker, brokenAt: 0 }
    breaker.onBreak(() => {
      guard.brokenAt = performance.now()
    })
    guard.policy = wrap(breaker, timeoutPolicy(timeout, TimeoutStrategy.Cooperative))
    return guard
  })
  // Its breaker finds out only in a call that its time is up.
  const usable = ({ breaker, brokenAt }) =>
    breaker.state !== CircuitState.Open || performance.now() - brokenAt >= tryAgain
  const choose = roundRobinOver(guards, usable)
  const backoff = new ExponentialBackoff({ initialDelay: PAUSE.first, maxDelay: PAUSE.longest })
  const retrying = retry(handleAll, { maxAttempts: retries, backoff })
  return (path) =>
    retrying.execute(() => {
      const { url, policy } = choose()
      return policy.execute(async ({ signal }) => checked(await fetch(url + path, init(signal))))
    })
}

const init = (signal) => ({ method: 'GET', signal })

function checked(response) {
  if (response.status >= 500) throw new Error(`status ${response.status}`)
  return response
}

/** The next usable one; when none is, the next one. */
function roundRobinOver(all, usable) {
  let next = 0
  return () => {
    for (let i = 0; i < all.length; i++) {
      const one = all[next++ % all.length]
      if (usable(one)) return one
    }
    return all[next++ % all.length]
  }
}
