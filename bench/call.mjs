// What a whole call costs over a transport that costs nothing: all of it is the library.
import { bare, cockatiel, pRetryAndOpossum, withTimeout } from './by-hand.mjs'

const PATH = '/v1/me'

const SENDERS = {
  bare,
  bareAgain: bare,
  timeout: withTimeout,
  pRetryOpossum: pRetryAndOpossum,
  cockatiel,
  balancerFetch: (fetch, urls, evenkeel) => balancerFor(fetch, urls, evenkeel).fetch,
  balancerExecute: (fetch, urls, evenkeel) => {
    const balancer = balancerFor(fetch, urls, evenkeel)
    return (path) => balancer.execute(({ endpoint, signal }) => fetch(endpoint.url + path, { signal }))
  },
}

export const contests = [10, 1_000].flatMap((endpoints) =>
  [1, 64].map((callers) => ({
    about: { endpoints, callers },
    contenders: Object.fromEntries(
      Object.keys(SENDERS).map((sender) => [sender, { kind: 'wholeCall', sender, endpoints, callers }]),
    ),
    rounds: 61,
    ms: 10,
  })),
)

export async function wholeCall({ sender, endpoints, callers }, load) {
  const fetch = callers === 1 ? answerAtOnce() : answerTogether()
  const urls = Array.from({ length: endpoints }, (_, i) => `http://10.0.${i >> 8}.${i & 255}:8080`)
  const evenkeel = await load('evenkeel')
  const send = sender.startsWith('balancer')
    ? SENDERS[sender](fetch, urls, evenkeel)
    : SENDERS[sender](fetch, urls)
  return callersOf(() => send(PATH), callers)
}

/** Operations done by so many callers side by side, each of which makes one call after the other. */
export function callersOf(call, callers) {
  const inTurn = async (n) => {
    for (let i = 0; i < n; i++) await call()
  }
  if (callers === 1) return { run: inTurn }
  const run = async (n) => {
    await Promise.all(Array.from({ length: callers }, () => inTurn(n / callers)))
  }
  return { run, atLeast: callers }
}

function balancerFor(fetch, urls, { createBalancer, fetchTransport }) {
  return createBalancer({ endpoints: urls, transport: fetchTransport({ fetch }) })
}

/** A fetch that has the answer already. */
function answerAtOnce() {
  const response = new Response('ok')
  return () => Promise.resolve(response)
}

/** A fetch that answers all who are waiting at the next turn of the event loop. */
function answerTogether() {
  const response = new Response('ok')
  let waiting = []
  const answer = () => {
    const resolvers = waiting
    waiting = []
    for (const resolve of resolvers) resolve(response)
  }
  return () =>
    new Promise((resolve) => {
      if (waiting.push(resolve) === 1) setImmediate(answer)
    })
}
