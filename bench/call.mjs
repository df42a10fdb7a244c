// What a whole call costs over a transport that costs nothing: all of it is the library.
import { bare, pRetryAndOpossum, withTimeout } from './by-hand.mjs'

const PATH = '/v1/me'
const URLS = Array.from({ length: 10 }, (_, i) => `http://10.0.0.${i}:8080`)

const SENDERS = {
  bare: (fetch) => bare(fetch, URLS),
  timeout: (fetch) => withTimeout(fetch, URLS),
  pRetryOpossum: (fetch) => pRetryAndOpossum(fetch, URLS),
  balancerFetch: (fetch, evenkeel) => balancerFor(fetch, evenkeel).fetch,
  balancerExecute: (fetch, evenkeel) => {
    const balancer = balancerFor(fetch, evenkeel)
    return (path) => balancer.execute(({ endpoint, signal }) => fetch(endpoint.url + path, { signal }))
  },
}

export const contests = [1, 64].map((callers) => ({
  about: { callers },
  contenders: Object.fromEntries(
    Object.keys(SENDERS).map((sender) => [sender, { kind: 'wholeCall', sender, callers }]),
  ),
  rounds: 61,
  ms: 10,
}))

export async function wholeCall({ sender, callers }, load) {
  const fetch = callers === 1 ? answerAtOnce() : answerTogether()
  const send = SENDERS[sender](fetch, await load('evenkeel'))
  if (callers === 1) return { run: (n) => inTurn(send, n) }
  const run = async (n) => {
    await Promise.all(Array.from({ length: callers }, () => inTurn(send, n / callers)))
  }
  return { run, atLeast: callers }
}

async function inTurn(send, n) {
  for (let i = 0; i < n; i++) await send(PATH)
}

function balancerFor(fetch, { createBalancer, fetchTransport }) {
  return createBalancer({ endpoints: URLS, transport: fetchTransport({ fetch }) })
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
