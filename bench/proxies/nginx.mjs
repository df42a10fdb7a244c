/** How nginx is set up: one process, kept-alive connections to the servers, no buffering to disk, no logs. */
export function nginxConfig({ port, servers, balance, failover, folder }) {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `  ${name}_temp_path ${folder}/${name};`,
  )
  const limits = failover ? 'max_fails=3' : 'max_fails=0'
  const next = failover
    ? [
        '      proxy_next_upstream error timeout http_503;',
        `      proxy_next_upstream_tries ${failover.tries};`,
        `      proxy_connect_timeout ${failover.timeout}ms;`,
        `      proxy_read_timeout ${failover.timeout}ms;`,
      ]
    : ['      proxy_next_upstream off;', '      proxy_read_timeout 60s;']
  return [
    // As root nginx would become somebody who may not write into the folder.
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    'daemon off;',
    // One process is what one client of a benchmark needs, and there is no other to leave behind.
    'master_process off;',
    `pid ${folder}/nginx.pid;`,
    'error_log /dev/null crit;',
    'events { worker_connections 8192; }',
    'http {',
    '  access_log off;',
    ...paths,
    '  keepalive_requests 10000000;',
    '  upstream servers {',
    ...(balance === undefined ? [] : [`    ${balance};`]),
    ...servers.map((server) => `    server 127.0.0.1:${server} ${limits};`),
    '    keepalive 512;',
    '    keepalive_requests 10000000;',
    '  }',
    '  server {',
    `    listen 127.0.0.1:${port} backlog=4096;`,
    '    location / {',
    '      proxy_pass http://servers;',
    '      proxy_http_version 1.1;',
    '      proxy_set_header Connection "";',
    ...next,
    '    }',
    '  }',
    '}',
    '',
  ].join('\n')
}
