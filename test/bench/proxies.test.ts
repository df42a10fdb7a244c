import { describe, expect, it } from 'vitest'
import { load } from './load.js'

interface Setup {
  readonly port: number
  readonly servers: readonly number[]
  readonly balance: string
  readonly folder: string
  readonly failover?: { readonly timeout: number; readonly tries: number }
}

const { nginxConfig } = await load<{ nginxConfig(setup: Setup): string }>('proxies/nginx.mjs')
const { haproxyConfig } = await load<{ haproxyConfig(setup: Setup): string }>('proxies/haproxy.mjs')
const { leaveOut } = await load<{
  leaveOut(
    contenders: Readonly<Record<string, { readonly proxy?: string }>>,
    names: readonly string[],
    versionOf: (program: string) => string | undefined,
  ): { names: string[]; leftOut: string[]; versions: Record<string, string | undefined> }
}>('lib/left-out.mjs')

const setup = { port: 8000, servers: [8001, 8002], balance: 'least_conn', folder: '/tmp/somewhere' }
const failover = { timeout: 1_000, tries: 3 }

describe('the configuration of nginx', () => {
  it('balances as told over all servers, with connections that are kept', () => {
    const config = nginxConfig(setup)
    expect(config).toContain('listen 127.0.0.1:8000')
    expect(config).toMatch(
      /upstream servers {\n\s+least_conn;\n.*:8001 max_fails=0;\n.*:8002 max_fails=0;\n\s+keepalive/,
    )
    expect(config).toContain('proxy_next_upstream off;')
  })

  it('writes nothing outside of its folder', () => {
    const paths = nginxConfig(setup).match(/(?<=\s)\/\S+(?=[; ])/g)
    expect(paths?.filter((path) => !path.startsWith('/tmp/somewhere/') && path !== '/')).toEqual([
      '/dev/null',
    ])
  })

  it('tries again elsewhere where it is to fail over', () => {
    const config = nginxConfig({ ...setup, failover })
    expect(config).toContain('127.0.0.1:8001 max_fails=3;')
    expect(config).toContain('proxy_next_upstream error timeout http_503;')
    expect(config).toContain('proxy_next_upstream_tries 3;')
    expect(config).toContain('proxy_read_timeout 1000ms;')
  })
})

describe('the configuration of HAProxy', () => {
  it('balances as told over all servers', () => {
    const config = haproxyConfig({ ...setup, balance: 'random(2)' })
    expect(config).toContain('bind 127.0.0.1:8000')
    expect(config).toContain('balance random(2)')
    expect(config).toMatch(/server s0 127\.0\.0\.1:8001\n\s+server s1 127\.0\.0\.1:8002\n$/)
    expect(config).toContain('retries 0')
  })

  it('checks, redispatches and watches answers where it is to fail over', () => {
    const config = haproxyConfig({ ...setup, failover })
    expect(config).toContain('retries 2')
    expect(config).toContain('option redispatch 1')
    expect(config).toContain('GET /health')
    expect(config).toContain('timeout server 1000ms')
  })
})

describe('a proxy that is not installed', () => {
  const contenders = { own: {}, a: { proxy: 'nginx' }, b: { proxy: 'haproxy' }, c: { proxy: 'haproxy' } }
  const versionOf = (program: string): string | undefined => (program === 'nginx' ? '1.22.1' : undefined)

  it('is left out, and the report says so', () => {
    expect(leaveOut(contenders, ['own', 'a', 'b', 'c'], versionOf)).toEqual({
      names: ['own', 'a'],
      leftOut: ['haproxy is not installed here, so there is no b, c (apt-get install haproxy)'],
      versions: { nginx: '1.22.1', haproxy: undefined },
    })
  })

  it('is not missed by those who did not ask for it', () => {
    expect(leaveOut(contenders, ['own', 'a'], versionOf).leftOut).toEqual([])
  })
})
