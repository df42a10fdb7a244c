const PROXIES = {
  nginxLeastConn: { label: 'nginx least_conn', proxy: 'nginx', balance: 'least_conn' },
  nginxRandomTwo: {
    label: 'nginx random two least_conn',
    proxy: 'nginx',
    balance: 'random two least_conn',
  },
  haproxyLeastconn: { label: 'HAProxy leastconn', proxy: 'haproxy', balance: 'leastconn' },
  haproxyRandom: { label: 'HAProxy random(2)', proxy: 'haproxy', balance: 'random(2)' },
}

/** All by name; the first one is what the others are compared with. `policies` are further ones of ours. */
export function contenders(policies) {
  const ours = policies.map((policy) => [
    policy,
    { label: `evenkeel ${policy}()`, sender: 'evenkeel', policy },
  ])
  return {
    oracle: { label: 'oracle', sender: 'oracle' },
    oracleAgain: { label: 'oracle again (A/A control)', sender: 'oracle' },
    evenkeel: { label: 'evenkeel, as it comes', sender: 'evenkeel' },
    ...Object.fromEntries(ours),
    roundRobin: { label: 'round robin by hand', sender: 'roundRobin' },
    balancedPool: { label: 'undici BalancedPool', sender: 'balancedPool' },
    ...Object.fromEntries(Object.entries(PROXIES).map(([name, own]) => [name, { ...own, sender: 'proxy' }])),
  }
}
