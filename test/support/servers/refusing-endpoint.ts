import { createServer } from 'node:net'
import { LocalServer } from './local-server.ts'

/**
 * An endpoint that refuses connections. Its port is held by a listener on another address of this
 * machine, so that nobody else is given it meanwhile. Where there is no IPv6 the error is
 * `EADDRNOTAVAIL` instead of `ECONNREFUSED`; either way no connection is made.
 */
class RefusingEndpoint extends LocalServer {
  constructor() {
    super(createServer())
  }

  override get host(): string {
    return `[::1]:${this.port}`
  }
}

export function refusingEndpoint(): Promise<LocalServer> {
  return new RefusingEndpoint().listen()
}
