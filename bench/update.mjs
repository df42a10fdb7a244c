// What a list costs, with the pick after it, for which the policy's index is built: the first one, one that is wholly new,
// and one that changes by one endpoint.
import { POLICIES } from './policies.mjs'

export const contests = [10, 1_000, 10_000].map((endpoints) => ({
  about: { endpoints },
  contenders: {
    parse: { kind: 'parseEach', endpoints },
    firstList: { kind: 'firstList', endpoints },
    allNew: { kind: 'replaceAll', endpoints },
    ...Object.fromEntries(POLICIES.map((policy) => [policy, { kind: 'replaceOne', endpoints, policy }])),
  },
  rounds: 15,
  ms: 20,
}))

/** What cannot be saved: every URL of the new list has to be read. */
export async function parseEach({ endpoints }) {
  const lists = twoLists(endpoints)
  const run = (n) => {
    for (let i = 0; i < n; i++) for (const url of lists[i % 2]) new URL(url)
  }
  return { run }
}

export async function firstList({ endpoints }, load) {
  const { createBalancer } = await load('evenkeel')
  const urls = urlsOf(endpoints)
  const run = (n) => {
    for (let i = 0; i < n; i++) createBalancer({ endpoints: urls }).pick().release()
  }
  return { run }
}

export async function replaceAll({ endpoints }, load) {
  const { createBalancer } = await load('evenkeel')
  return alternate(createBalancer({ endpoints: ['http://10.9.9.9:8080'] }), [
    urlsOf(endpoints),
    urlsOf(endpoints, 1),
  ])
}

export async function replaceOne({ endpoints, policy }, load) {
  const { createBalancer, ...evenkeel } = await load('evenkeel')
  const lists = twoLists(endpoints)
  return alternate(createBalancer({ endpoints: lists[1], policy: evenkeel[policy]() }), lists)
}

function alternate(balancer, lists) {
  let turn = 0
  const run = (n) => {
    for (let i = 0; i < n; i++) {
      balancer.setEndpoints(lists[turn++ % 2])
      balancer.pick({ hashKey: 'any key' }).release()
    }
  }
  return { run }
}

/** Two lists that differ in one endpoint. */
function twoLists(endpoints) {
  const urls = urlsOf(endpoints)
  return [urls, urls.with(endpoints >> 1, 'http://10.9.9.9:8080')]
}

function urlsOf(endpoints, net = 0) {
  return Array.from({ length: endpoints }, (_, i) => `http://10.${net}.${i >> 8}.${i & 255}:8080`)
}
