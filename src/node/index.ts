/**
 * What needs Node's own modules: health checks over sockets, gRPC and by commands, and discovery by DNS.
 * @packageDocumentation
 */
export { type GrpcCheckOptions, grpcCheck } from './checks/grpc-check.js'
export type { GrpcTlsOptions } from './checks/grpc-client.js'
export { type ScriptCheckOptions, scriptCheck } from './checks/script-check.js'
export { type TcpCheckOptions, tcpCheck } from './checks/tcp-check.js'
export { createBalancer } from './create-balancer.js'
export { type FileSourceOptions, file } from './discovery/file-source.js'
export { fileStore } from './discovery/file-store.js'
export { type BalancedDispatcherOptions, balancedDispatcher } from './dispatcher/balanced-dispatcher.js'
export { dns } from './dns/dns.js'
export type { DnsOptions } from './dns/dns-options.js'
export { type DnsSrvOptions, dnsSrv } from './dns/dns-srv.js'
export type { TransportTlsOptions, UndiciTransportOptions } from './transport/transport-options.js'
export { undiciTransport } from './transport/undici-transport.js'
