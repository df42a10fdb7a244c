import { TRIES, TRY_TIMEOUT } from './fault.mjs'

const failover = { timeout: TRY_TIMEOUT, tries: TRIES }

/** All by name. `policies` are further ones of ours. */
export function contenders(policies) {
  const ours = policies.map((policy) => [
    policy,
    { label: `evenkeel ${policy}()`, sender: 'evenkeel', policy },
  ])
  return {
    roundRobin: { label: 'fetch, round robin and timeout by hand, no retries', sender: 'roundRobin' },
    balancedPool: { label: 'undici BalancedPool', sender: 'balancedPool' },
    retryingPool: { label: 'undici retry + BalancedPool', sender: 'retryingPool' },
    pRetryOpossum: { label: 'p-retry + opossum by hand', sender: 'pRetryOpossum' },
    cockatiel: { label: 'cockatiel by hand', sender: 'cockatiel' },
    haproxy: {
      label: 'HAProxy leastconn, checks, observe, redispatch',
      ...{ sender: 'proxy', proxy: 'haproxy', balance: 'leastconn', failover },
    },
    nginx: {
      label: 'nginx least_conn, max_fails=3, next_upstream',
      ...{ sender: 'proxy', proxy: 'nginx', balance: 'least_conn', failover },
    },
    evenkeel: { label: 'evenkeel, as it comes', sender: 'evenkeel' },
    evenkeelChecked: { label: 'evenkeel with httpCheck', sender: 'evenkeel', checked: true },
    ...Object.fromEntries(ours),
  }
}
