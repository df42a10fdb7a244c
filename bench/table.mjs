// What it costs the table when one endpoint changes, and the policy, which has to notice at the next pick.
import { endpointSet } from './pick.mjs'
import { POLICIES } from './policies.mjs'

const ENDPOINTS = 10_000
/** EJECTED in core/endpoint.ts. */
const GATE = 2

const CHANGES = {
  /** It is ejected, and comes back. */
  gate: (set, endpoint, turn) => {
    if (turn % 2 === 0) set.close(endpoint, GATE)
    else set.open(endpoint, GATE)
    return endpoint
  },
  /** Its weight is another. */
  weight: (set, endpoint, turn, spec) => {
    set.update(endpoint, { ...spec, weight: 1 + (turn % 2) })
    return endpoint
  },
  /** It goes, and another comes. */
  replace: (set, endpoint, _, spec) => {
    set.remove(endpoint)
    return set.add(spec)
  },
}

export const contests = Object.keys(CHANGES).map((change) => ({
  about: { change, endpoints: ENDPOINTS },
  contenders: {
    table: { kind: 'changeTable', change },
    ...Object.fromEntries(POLICIES.map((policy) => [policy, { kind: 'changeTable', change, policy }])),
  },
  rounds: 21,
  ms: 5,
}))

export async function changeTable({ change, policy: name }, load) {
  const set = await endpointSet({ endpoints: ENDPOINTS, weights: 'equal' }, load)
  const { parseEndpoint } = await load('parse')
  const spec = parseEndpoint('http://10.9.9.9:8080', 'endpoint')
  const policy = name && (await load('evenkeel'))[name]()
  const context = { now: 0, random: () => Math.random(), tried: [], key: undefined }
  const view = set.whole.tiers[0].all
  let endpoint = set.add(spec)
  let turn = 0
  const run = (n) => {
    for (let i = 0; i < n; i++) {
      endpoint = CHANGES[change](set, endpoint, turn++, spec)
      policy?.pick(view, context)
    }
  }
  return { run }
}
