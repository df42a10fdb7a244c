import type { BalancerOptions } from 'evenkeel'
import { type ConnectOptions, connect, tcpCheck } from 'evenkeel/node'
import { describe, expect, it, vi } from 'vitest'
import { eventually } from '../../integration/eventually.ts'
import { answers, tcpServer } from '../../support/servers/tcp-server.ts'
import { SOON } from '../verdict.ts'

import { balance, endpointOf, tcp } from './balance.ts'

describe('sockets of an endpoint that is gone', () => {
  const healthCheck = tcpCheck({ send: 'PING', expect: 'PONG', ...SOON })

  /** Two servers, of which the first can be made to fail its checks, and a socket to it. */
  async function setUp(options: ConnectOptions, balancer: BalancerOptions = {}) {
    let well = true
    const a = await tcpServer((socket) => socket.on('data', () => socket.end(well ? 'PONG' : 'BUSY')))
    const b = await tcpServer(answers('PONG'))
    const watched = balance([a, b], balancer)
    const socket = await connect(watched.balancer, options)
    const errors: unknown[] = []
    socket.on('error', (error) => errors.push(error)).resume()
    return {
      ...{ a, b, watched, socket, errors },
      fall: () => {
        well = false
      },
      async [Symbol.asyncDispose]() {
        socket.destroy()
        for (const one of [watched, a, b]) await one[Symbol.asyncDispose]()
      },
    }
  }

  it('stay open when it is found unhealthy, or leaves the list', async () => {
    await using set = await setUp({}, { healthCheck })
    set.fall()
    await eventually(() => endpointOf(set.watched)?.state).toBe('unhealthy')
    set.watched.balancer.setEndpoints([tcp(set.b)])
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(set.socket.destroyed).toBe(false)
  })

  it('are closed with closeUnhealthy, which tells why, and the next one goes elsewhere', async () => {
    await using set = await setUp({ closeUnhealthy: true }, { healthCheck })
    const other = await connect(set.watched.balancer, { closeUnhealthy: true, subset: {} })
    other.on('error', () => {})
    set.fall()
    await eventually(() => set.socket.destroyed).toBe(true)
    expect(set.errors).toMatchObject([
      {
        code: 'ECONNABORTED',
        message: expect.stringMatching(/^The socket to tcp:.* closed: its health checks/),
      },
    ])
    const next = await connect(set.watched.balancer, { closeUnhealthy: true })
    expect(next.remotePort).toBe(set.b.port)
    next.destroy()
    other.destroy()
  })

  it('are closed drainTimeout after it left', async () => {
    await using set = await setUp({ drainTimeout: 30 })
    const drained = vi.fn()
    set.watched.balancer.on('drained', drained)
    set.watched.balancer.setEndpoints([tcp(set.b)])
    expect(set.socket.destroyed).toBe(false)
    await eventually(() => set.errors).toMatchObject([
      { code: 'ECONNABORTED', message: expect.stringMatching(/it left the list 30 ms ago$/) },
    ])
    await eventually(() => drained.mock.calls.length).toBe(1)
  })

  it('stay open if it comes back before that', async () => {
    await using set = await setUp({ drainTimeout: 30 })
    set.watched.balancer.setEndpoints([tcp(set.b)])
    set.watched.balancer.setEndpoints([tcp(set.b), tcp(set.a)])
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(set.socket.destroyed).toBe(false)
  })

  it('know it from another one that has come in its place, under its id', async () => {
    await using set = await setUp({ drainTimeout: 30 })
    const { balancer } = set.watched
    balancer.setEndpoints([{ id: 'pod-0', url: tcp(set.a) }])
    const old = await connect(balancer, { drainTimeout: 30 })
    const stays = await connect(balancer)
    const errors: unknown[] = []
    old.on('error', (error) => errors.push(error)).resume()
    balancer.setEndpoints([{ id: 'pod-0', url: tcp(set.b) }])
    await eventually(() => errors).toMatchObject([
      { message: expect.stringMatching(/^The socket to pod-0 .* left/) },
    ])
    expect(stays.destroyed).toBe(false)
    stays.destroy()
  })

  it('are not closed for another one under its id that is unhealthy', async () => {
    await using set = await setUp({}, { healthCheck })
    const { balancer } = set.watched
    balancer.setEndpoints([{ id: 'pod-0', url: tcp(set.b) }])
    const socket = await connect(balancer, { closeUnhealthy: true })
    socket.on('error', () => {})
    set.fall()
    balancer.setEndpoints([{ id: 'pod-0', url: tcp(set.a) }])
    await eventually(() => endpointOf(set.watched)?.state).toBe('unhealthy')
    expect(socket.destroyed).toBe(false)
    socket.destroy()
  })
})
