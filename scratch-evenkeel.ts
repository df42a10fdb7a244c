export * from './src/index.js'
export { createBalancer } from './src/node/create-balancer.js'
