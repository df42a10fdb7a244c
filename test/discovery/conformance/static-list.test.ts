import type { Balancer, EndpointInput } from 'evenkeel'
import { virtualClock } from 'evenkeel/testing'
import type { Harness, Member } from './harness.ts'
import { discoveryConformance } from './suite.ts'

const url = (n: number) => `http://10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`
const endpoint = ({ n, weight }: Member): EndpointInput => ({ url: url(n), weight })

/** The list that is given to `createBalancer` and, later, to `setEndpoints`. */
async function staticList(): Promise<Harness> {
  const clock = virtualClock()
  const balancers: Balancer[] = []
  let list: EndpointInput[] = [1, 2, 3].map((n) => endpoint({ n }))
  const setEndpoints = (endpoints: EndpointInput[]) => {
    for (const balancer of balancers) if (!balancer.snapshot().closed) balancer.setEndpoints(endpoints)
  }
  return {
    options: () => ({ endpoints: list, clock }),
    attach: (balancer) => void balancers.push(balancer),
    idOf: url,
    publish(members) {
      list = members.map(endpoint)
      setEndpoints(list)
    },
    contacts: () => [],
    held: () => clock.pending,
    step: () => clock.advance(100),
    async [Symbol.asyncDispose]() {},
  }
}

const network = 'the program gives the list itself'

discoveryConformance('static list', staticList, {
  without: {
    lazy: 'the list is there from the beginning',
    mistake: 'the program is told by an exception, and the list stays as it was',
    empty: 'a program that sets an empty list means it',
    garbage: 'the program is told by an exception, and the list stays as it was',
    outage: network,
    'outage at start': network,
    hang: network,
    'last good list': network,
    'back-off': network,
    jitter: network,
    refresh: network,
  },
})
