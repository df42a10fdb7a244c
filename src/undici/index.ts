/**
 * Balancing below undici, and so below every `fetch` of a Node process. It needs the package `undici`.
 * @packageDocumentation
 */
export { type BalancedDispatcherOptions, balancedDispatcher } from './balanced-dispatcher.js'
