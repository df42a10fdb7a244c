import http from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Balancer } from 'evenkeel'
import { connect, httpAgent, httpsAgent, pgStream, redisConnector } from 'evenkeel/node'
import { Redis, type RedisOptions } from 'ioredis'
import pg, { type ClientConfig, type PoolConfig } from 'pg'
import { describe, expectTypeOf, it } from 'vitest'

declare const balancer: Balancer

describe('connectors fit the packages that they are for', () => {
  it('pg', () => {
    expectTypeOf(pgStream(balancer)).toExtend<NonNullable<ClientConfig['stream']>>()
    expectTypeOf(pgStream(balancer)).toExtend<NonNullable<PoolConfig['stream']>>()
    const make = () => [
      new pg.Pool({ stream: pgStream(balancer, { tls: true }) }),
      new pg.Client({ stream: pgStream(balancer) }),
    ]
    expectTypeOf(make).toBeFunction()
  })

  it('ioredis', () => {
    expectTypeOf(redisConnector(balancer)).toExtend<NonNullable<RedisOptions['Connector']>>()
    const make = () => new Redis({ Connector: redisConnector(balancer), connectTimeout: 5_000 })
    expectTypeOf(make).returns.toHaveProperty('get')
  })

  it('http and https', () => {
    expectTypeOf(httpAgent(balancer)).toEqualTypeOf<http.Agent>()
    expectTypeOf(httpsAgent(balancer)).toEqualTypeOf<https.Agent>()
    const make = () => [
      http.get('http://users', { agent: httpAgent(balancer, { agent: { keepAlive: true } }) }),
      https.get('https://users', { agent: httpsAgent(balancer, { agent: { ca: 'pem' } }) }),
    ]
    expectTypeOf(make).toBeFunction()
    // @ts-expect-error: TLS is what the agent is for
    httpsAgent(balancer, { tls: true })
  })
})

describe('connect', () => {
  it('gives a socket, and one of TLS where that is asked for', () => {
    expectTypeOf(connect(balancer)).resolves.toEqualTypeOf<Socket>()
    expectTypeOf(connect(balancer, { tls: true })).resolves.toEqualTypeOf<TLSSocket>()
    expectTypeOf(connect(balancer, { tls: { ca: 'pem' } })).resolves.toEqualTypeOf<TLSSocket>()
    expectTypeOf(connect(balancer, { tls: false })).resolves.toEqualTypeOf<Socket>()
  })

  it('takes no option that there is not', () => {
    // @ts-expect-error: to connect twice does no harm
    void connect(balancer, { idempotent: false })
    // @ts-expect-error: the balancer says where
    void connect(balancer, { tcp: { host: 'x' } })
  })
})

describe('execute', () => {
  it('gives its completion and its discard what its action gives', () => {
    balancer.execute(() => 'text', {
      completion: (result) => {
        expectTypeOf(result).toBeString()
        return Promise.resolve()
      },
      discard: (result) => expectTypeOf(result).toBeString(),
    })
    // @ts-expect-error: no promise
    balancer.execute(() => 'text', { completion: () => 5 })
  })
})
