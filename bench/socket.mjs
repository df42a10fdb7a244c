// What a whole call costs over loopback sockets, with everything that a socket costs: against the same by hand.
import { Agent, BalancedPool, fetch as undiciFetch } from 'undici'
import { bare, cockatiel, pRetryAndOpossum, withTimeout } from './by-hand.mjs'
import { callersOf } from './call.mjs'

const PATH = '/v1/me'

const SENDERS = {
  bare: overFetch(bare),
  bareAgain: overFetch(bare),
  undiciFetch: ({ urls }) => bare(reading(undiciFetch), urls),
  undiciRequest: ({ urls }) => {
    const agent = new Agent()
    let next = 0
    return (path) => request(agent, path, urls[next++ % urls.length])
  },
  balancedPool: ({ urls }) => {
    const pool = new BalancedPool(urls)
    return (path) => request(pool, path)
  },
  timeout: overFetch(withTimeout),
  pRetryOpossum: overFetch(pRetryAndOpossum),
  cockatiel: overFetch(cockatiel),
  nginx: ({ proxies }) => bare(reading(globalThis.fetch), [proxies.nginx]),
  haproxy: ({ proxies }) => bare(reading(globalThis.fetch), [proxies.haproxy]),
  balancerFetch: async ({ urls }, load) => {
    const { createBalancer } = await load('evenkeel')
    return reading(createBalancer({ endpoints: urls }).fetch)
  },
  balancerNode: async ({ urls }, load) => {
    const { createBalancer } = await load('node')
    return reading(createBalancer({ endpoints: urls }).fetch)
  },
  balancerNodeAll: async ({ urls }, load) => {
    const { createBalancer } = await load('node')
    const { httpCheck } = await load('evenkeel')
    return reading(createBalancer({ endpoints: urls, ...everything(httpCheck) }).fetch)
  },
}

/** What is off as it comes. */
function everything(httpCheck) {
  return {
    hedge: { delay: 'p95' },
    healthCheck: httpCheck({ path: PATH }),
    concurrency: { maxPerEndpoint: 1_000, maxTotal: 2_000 },
    throttle: {},
    redundancy: { required: 2, spare: 1 },
    locality: { zone: 'a' },
    slowStart: { window: 10_000 },
  }
}

/** `proxies`: the URL of each one that is installed. */
export function contests({ urls, proxies }) {
  const senders = Object.keys(SENDERS).filter(
    (sender) => !['nginx', 'haproxy'].includes(sender) || proxies[sender] !== undefined,
  )
  return [1, 64].map((callers) => ({
    about: { callers },
    contenders: Object.fromEntries(
      senders.map((sender) => [sender, { kind: 'socketCall', sender, callers, urls, proxies }]),
    ),
    rounds: 25,
    ms: 50,
  }))
}

export async function socketCall({ sender, callers, ...where }, load) {
  const send = await SENDERS[sender](where, load)
  return callersOf(() => send(PATH), callers)
}

function overFetch(contender) {
  return ({ urls }) => contender(reading(globalThis.fetch), urls)
}

/** A call is over at the end of its body. */
function reading(fetch) {
  return async (...args) => {
    const response = await fetch(...args)
    await response.text()
    return response
  }
}

async function request(dispatcher, path, origin) {
  const { body } = await dispatcher.request({ method: 'GET', path, origin })
  await body.text()
}
