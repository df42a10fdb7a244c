/**
 * For tests of code that uses evenkeel: time and chance under control.
 * @packageDocumentation
 */
export { seededRandom } from './seeded-random.js'
export { type VirtualClock, virtualClock } from './virtual-clock.js'
