/** How HAProxy is set up: one thread, connections to the servers shared between clients, no logs. */
export function haproxyConfig({ port, servers, balance, failover }) {
  const timeout = failover ? failover.timeout : 60_000
  const checks = failover
    ? [
        `  retries ${failover.tries - 1}`,
        '  option redispatch 1',
        '  retry-on conn-failure empty-response response-timeout 503',
        '  option httpchk GET /health',
        '  default-server check inter 1s fall 2 rise 2 observe layer7 error-limit 5 on-error mark-down',
      ]
    : ['  retries 0']
  return [
    'global',
    '  nbthread 1',
    '  maxconn 4000',
    'defaults',
    '  mode http',
    `  timeout connect ${timeout}ms`,
    `  timeout server ${timeout}ms`,
    '  timeout client 60s',
    '  timeout http-keep-alive 600s',
    '  http-reuse always',
    'frontend clients',
    `  bind 127.0.0.1:${port} backlog 4096`,
    '  default_backend servers',
    'backend servers',
    `  balance ${balance}`,
    ...checks,
    ...servers.map((server, i) => `  server s${i} 127.0.0.1:${server}`),
    '',
  ].join('\n')
}
