// The contenders: what people write themselves around `fetch`.
import CircuitBreaker from 'opossum'
import pRetry from 'p-retry'

const TIMEOUT = 10_000

/** Round robin, and nothing else. */
export function bare(fetch, urls) {
  let next = 0
  return (path) => fetch(urls[next++ % urls.length] + path, { method: 'GET' })
}

/** Round robin and a timeout. */
export function withTimeout(fetch, urls) {
  let next = 0
  return (path) =>
    fetch(urls[next++ % urls.length] + path, { method: 'GET', signal: AbortSignal.timeout(TIMEOUT) })
}

/** Round robin over those whose breaker is closed, a timeout, and retries: p-retry around opossum. */
export function pRetryAndOpossum(fetch, urls) {
  const breakers = urls.map((url) => {
    const send = async (path) => {
      const response = await fetch(url + path, { method: 'GET', signal: AbortSignal.timeout(TIMEOUT) })
      if (response.status >= 500) throw new Error(`status ${response.status}`)
      return response
    }
    // The signal is the timeout; opossum's own would be a second one.
    return new CircuitBreaker(send, { timeout: false, volumeThreshold: 10, rollingPercentilesEnabled: false })
  })
  let next = 0
  const choose = () => {
    for (let i = 0; i < breakers.length; i++) {
      const breaker = breakers[next++ % breakers.length]
      if (!breaker.opened) return breaker
    }
    return breakers[next++ % breakers.length]
  }
  const options = { retries: 2, minTimeout: 25, maxTimeout: 1_000, randomize: true }
  return (path) => pRetry(() => choose().fire(path), options)
}
