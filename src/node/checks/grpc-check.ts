import { isIP } from 'node:net'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { Endpoint } from '../../core/endpoint.js'
import { invalidConfig } from '../../core/errors.js'
import { checkObject, checkPort } from '../../core/validate.js'
import {
  type HealthCheckSchedule,
  type NamedHealthCheck,
  SCHEDULE_KEYS,
  scheduleOf,
} from '../../health/health-check.js'
import { checkTls } from '../open-socket.js'
import { addressOf } from '../socket-address.js'
import { ask, clientOf, close, type Grpc, type GrpcTlsOptions, loadGrpc, type Secure } from './grpc-client.js'
import { SERVICE_UNKNOWN, SERVING, statusName } from './grpc-health.js'
import { withOwnSockets } from './own-sockets.js'

/** Options of {@link grpcCheck}. */
export interface GrpcCheckOptions extends HealthCheckSchedule {
  /** The service that is asked about. Default `''`: the server as a whole. */
  readonly service?: string
  /** Another port than that of the endpoint. */
  readonly port?: number
  /** Speaks TLS. Default: to endpoints of `https` and `grpcs`. */
  readonly tls?: boolean | GrpcTlsOptions
}

const KEYS = ['service', 'port', 'tls', ...SCHEDULE_KEYS]

/**
 * Asks an endpoint by the standard health service of gRPC (`grpc.health.v1.Health/Check`); it is well when it says
 * `SERVING`. The package `@grpc/grpc-js` has to be installed.
 *
 * Each check has a channel of its own, as the probes of Kubernetes have: a server that has died is seen at once, one that
 * is back is not kept waiting by a reconnection backoff, and nothing is left open between two checks.
 *
 * ```ts
 * createBalancer({ endpoints: ['grpc://10.0.0.1:50051'], healthCheck: grpcCheck({ service: 'shop.Carts' }) })
 * ```
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function grpcCheck(options: GrpcCheckOptions = {}): NamedHealthCheck {
  checkObject(options, 'grpcCheck', KEYS)
  const { service = '' } = options
  if (typeof service !== 'string')
    throw invalidConfig('grpcCheck.service', service, "a string, '' for all of the server")
  const port = checkPort(options.port, 'grpcCheck.port')
  const tls = checkTls(options.tls, 'grpcCheck.tls')
  let secureContext: SecureContext | undefined
  const secure = (given: GrpcTlsOptions): Secure => {
    // To make one takes ms: it reads all root certificates.
    secureContext ??= createSecureContext(given)
    return { context: secureContext, given }
  }
  return {
    name: service === '' ? 'grpc' : `grpc ${service}`,
    ...scheduleOf(options),
    async check(endpoint, { signal }) {
      const address = addressOf(endpoint, port, 'grpcCheck')
      const grpc = await loadGrpc()
      signal.throwIfAborted()
      const wanted = tls ?? ['https', 'grpcs'].includes(endpoint.scheme)
      const security = wanted === false ? undefined : secure(wanted === true ? {} : wanted)
      const status = await withOwnSockets(async () => {
        const client = clientOf(grpc, address, nameOf(endpoint), security)
        try {
          return await ask(client, service, signal)
        } catch (error) {
          throw explained(error, grpc, service)
        } finally {
          await close(client)
        }
      })
      if (status === SERVICE_UNKNOWN) throw unknown(service)
      if (status !== SERVING) throw new Error(`it says ${statusName(status)}`)
    },
  }
}

/** What the server of an address is called. */
function nameOf({ address, hostname }: Endpoint): string | undefined {
  return address === undefined || isIP(hostname) !== 0 || hostname === '' ? undefined : hostname
}

/** What a status that is not OK means here; all else is said well enough by gRPC. */
function explained(error: unknown, { status }: Grpc, service: string): unknown {
  const { code } = error as { code?: unknown }
  if (code === status.NOT_FOUND) return unknown(service, error)
  if (code !== status.UNIMPLEMENTED) return error
  return new Error(
    'it has no health service, grpc.health.v1.Health: add that to the server, or use tcpCheck()',
    {
      cause: error,
    },
  )
}

function unknown(service: string, cause?: unknown): Error {
  const what = service === '' ? 'nothing of the server as a whole' : `no service ${JSON.stringify(service)}`
  return new Error(`its health service knows ${what}: what \`service\` names has to be registered there`, {
    cause,
  })
}
