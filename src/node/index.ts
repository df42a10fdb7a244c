/**
 * What needs Node's own modules: connections of the library's own (layer 7 and layer 4), discovery by DNS and files, and
 * health checks over sockets, gRPC and by commands.
 * @packageDocumentation
 */
export { type GrpcCheckOptions, grpcCheck } from './checks/grpc-check.js'
export type { GrpcTlsOptions } from './checks/grpc-client.js'
export { type ScriptCheckOptions, scriptCheck } from './checks/script-check.js'
export { type TcpCheckOptions, tcpCheck } from './checks/tcp-check.js'
export { createBalancer } from './create-balancer.js'
export { type FileSourceOptions, file } from './discovery/file-source.js'
export { fileStore } from './discovery/file-store.js'
export { dns } from './dns/dns.js'
export type { DnsOptions } from './dns/dns-options.js'
export { type DnsSrvOptions, dnsSrv } from './dns/dns-srv.js'
export type { TcpOptions } from './open-socket.js'
export { type ConnectOptions, connect } from './sockets/connect.js'
export { type HttpAgentOptions, type HttpsAgentOptions, httpAgent, httpsAgent } from './sockets/http-agent.js'
export { pgStream } from './sockets/pg-stream.js'
export { type RedisConnector, redisConnector } from './sockets/redis-connector.js'
export type { SocketOptions } from './sockets/socket-options.js'
export type { TransportTlsOptions, UndiciTransportOptions } from './transport/transport-options.js'
export { undiciTransport } from './transport/undici-transport.js'
