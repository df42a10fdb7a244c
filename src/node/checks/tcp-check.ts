import { once } from 'node:events'
import type { Socket } from 'node:net'
import { addAbortSignal } from 'node:stream'
import type { ConnectionOptions } from 'node:tls'
import { describe, invalidConfig } from '../../core/errors.js'
import { checkObject, checkPort } from '../../core/validate.js'
import { checkExpected, type ExpectedText, isIn } from '../../health/expected-text.js'
import {
  type HealthCheckSchedule,
  type NamedHealthCheck,
  SCHEDULE_KEYS,
  scheduleOf,
} from '../../health/health-check.js'
import { checkTls, connectionError, openSocket } from '../open-socket.js'
import { addressOf } from '../socket-address.js'

/** Options of {@link tcpCheck}. */
export interface TcpCheckOptions extends HealthCheckSchedule {
  /** Another port than that of the endpoint. */
  readonly port?: number
  /** Sent once it is connected. Default: nothing. */
  readonly send?: string | Uint8Array
  /** What the server says, within its first 16 KiB, as UTF-8. Default: that it is connected is enough. */
  readonly expect?: string | RegExp
  /**
   * Speaks TLS: `true`, or options of Node's `tls.connect`. The certificate is verified unless they say
   * otherwise, and the endpoint's host name is the server's name. Default `false`.
   */
  readonly tls?: boolean | ConnectionOptions
}

const KEYS = ['port', 'send', 'expect', 'tls', ...SCHEDULE_KEYS]

/** As much of what a server says is looked at, in bytes: HAProxy's `tune.chksize`. */
const MOST = 16_384

/**
 * Connects to an endpoint, whatever its scheme, and to sockets of Unix (`unix:///run/app.sock`). A program that
 * hangs is still connected to, by its kernel: `expect` something of it, where the protocol has it say anything.
 * Each check has a connection of its own.
 *
 * ```ts
 * createBalancer({ endpoints: ['redis://10.0.0.1:6379'], healthCheck: tcpCheck({ send: 'PING\r\n', expect: '+PONG' }) })
 * ```
 *
 * The model is HAProxy's `option tcp-check`, with one `send` and one `expect`.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function tcpCheck(options: TcpCheckOptions = {}): NamedHealthCheck {
  checkObject(options, 'tcpCheck', KEYS)
  const port = checkPort(options.port, 'tcpCheck.port')
  const send = checkSend(options.send)
  const expected = checkExpected(options.expect, 'tcpCheck.expect')
  const given = checkTls(options.tls, 'tcpCheck.tls')
  const tls = given === true ? {} : given || undefined
  return {
    name: `${tls === undefined ? 'tcp' : 'tls'}${port === undefined ? '' : ` :${port}`}`,
    ...scheduleOf(options),
    async check(endpoint, { signal }) {
      signal.throwIfAborted()
      const socket = openSocket(addressOf(endpoint, port, 'tcpCheck'), endpoint.hostname, tls)
      // What fails after the end of the check is nobody's error, and must not end the process; what is under way does not keep it alive.
      socket.on('error', () => {}).unref()
      addAbortSignal(signal, socket)
      try {
        await once(socket, tls === undefined ? 'connect' : 'secureConnect')
        if (send !== undefined) await write(socket, send)
        if (expected !== undefined) await hear(socket, expected)
      } catch (error) {
        throw connectionError(error)
      } finally {
        socket.destroy()
      }
    },
  }
}

function write(socket: Socket, bytes: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => (error ? reject(error) : resolve()))
  })
}

/** Listens until it has heard what it wants to, or as much as it will. */
async function hear(socket: Socket, expected: ExpectedText): Promise<void> {
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for await (const chunk of socket as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true })
    if (isIn(text, expected)) return
    size += chunk.byteLength
    if (size >= MOST) break
  }
  throw new Error(`it said ${describe(text)}, which does not contain ${expected}`)
}

function checkSend(given: unknown): string | Uint8Array | undefined {
  if (given === undefined) return undefined
  if ((typeof given === 'string' || given instanceof Uint8Array) && given.length > 0) return given
  throw invalidConfig('tcpCheck.send', given, 'a string or a Uint8Array that is not empty')
}
