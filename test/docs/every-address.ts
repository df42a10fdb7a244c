import { promises as dns } from 'node:dns'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:net'
import { vi } from 'vitest'

/**
 * For examples that connect to addresses of somebody's network: they all lead to one server here, which answers as
 * that of `fetch` does, without TLS.
 */
export async function undiciToEveryAddress(
  actual: typeof import('undici'),
): Promise<typeof import('undici')> {
  const server = createServer((request, response) => {
    request.resume()
    response.setHeader('content-type', 'application/json')
    response.end('{"hello":"world"}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  const { port } = server.address() as AddressInfo
  const buildConnector = () => (_: unknown, callback: (error: null, socket: Socket) => void) => {
    const socket = connect(port, '127.0.0.1', () => callback(null, socket))
    return socket
  }
  return { ...actual, buildConnector: buildConnector as typeof actual.buildConnector }
}

/** For examples that look names up in somebody's network: each has two addresses, and none of IPv6. */
export function namesHaveAddresses(): void {
  const records = ['10.0.0.7', '10.0.0.8'].map((address) => ({ address, ttl: 30 }))
  const absent = Object.assign(new Error('no AAAA records'), { code: dns.NODATA })
  vi.spyOn(dns.Resolver.prototype, 'resolve4').mockResolvedValue(records as never)
  vi.spyOn(dns.Resolver.prototype, 'resolve6').mockRejectedValue(absent)
}
