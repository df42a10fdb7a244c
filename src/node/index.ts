/**
 * What needs Node's own modules: health checks over sockets, gRPC and by commands.
 * @packageDocumentation
 */
export { type GrpcCheckOptions, grpcCheck } from './grpc-check.js'
export type { GrpcTlsOptions } from './grpc-client.js'
export { type ScriptCheckOptions, scriptCheck } from './script-check.js'
export { type TcpCheckOptions, tcpCheck } from './tcp-check.js'
