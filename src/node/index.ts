/**
 * What needs Node's own modules: sockets to endpoints, and health checks over sockets, gRPC and by commands.
 * @packageDocumentation
 */
export { type GrpcCheckOptions, grpcCheck } from './checks/grpc-check.js'
export type { GrpcTlsOptions } from './checks/grpc-client.js'
export { type ScriptCheckOptions, scriptCheck } from './checks/script-check.js'
export { type TcpCheckOptions, tcpCheck } from './checks/tcp-check.js'
export type { TcpOptions } from './open-socket.js'
export { type ConnectOptions, connect } from './sockets/connect.js'
export { type HttpAgentOptions, type HttpsAgentOptions, httpAgent, httpsAgent } from './sockets/http-agent.js'
export { pgStream } from './sockets/pg-stream.js'
export { type RedisConnector, redisConnector } from './sockets/redis-connector.js'
export type { SocketOptions } from './sockets/socket-options.js'
