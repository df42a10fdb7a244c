import { createServer } from 'node:net'
import {
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServerErrorResponse,
  type ServiceDefinition,
} from '@grpc/grpc-js'
import { HealthImplementation, type ServingStatusMap, service } from 'grpc-health-check'
import { certificate } from './certificate.ts'
import { LocalServer } from './local-server.ts'

interface Request {
  readonly service: string
}

/** What a health service of a test's own does when it is asked. */
export type Answer = handleUnaryCall<Request, { readonly status: string }>

/** A server of gRPC. Its connections are accepted here, so that they can be counted. */
class GrpcServer extends LocalServer {
  constructor(grpc: Server, credentials: ServerCredentials) {
    const injector = grpc.createConnectionInjector(credentials)
    super(createServer((socket) => injector.injectConnection(socket)))
  }
}

const insecure = ServerCredentials.createInsecure()
const secure = () =>
  ServerCredentials.createSsl(null, [
    { private_key: Buffer.from(certificate.key), cert_chain: Buffer.from(certificate.cert) },
  ])

/** With the health service of `grpc-health-check`, and what that is told to say. */
export async function grpcServer(statuses: ServingStatusMap, transport: 'plain' | 'tls' = 'plain') {
  const health = new HealthImplementation(statuses)
  const grpc = new Server()
  health.addToServer(grpc)
  const server = await new GrpcServer(grpc, transport === 'tls' ? secure() : insecure).listen()
  return Object.assign(server, { health })
}

/** With a health service of the test's own, or none at all. */
export function strangeGrpcServer(answer?: Answer): Promise<LocalServer> {
  const grpc = new Server()
  if (answer !== undefined) {
    const { Check } = service as ServiceDefinition
    grpc.addService({ Check } as ServiceDefinition, { Check: answer } as never)
  }
  return new GrpcServer(grpc, insecure).listen()
}

/** An answer that is an error. */
export const fails =
  (code: number, details: string): Answer =>
  (_call, callback) =>
    callback({ code, details, metadata: new Metadata() } as ServerErrorResponse)
