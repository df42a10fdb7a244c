import { createBalancer } from 'evenkeel/node'
import { expect, it, vi } from 'vitest'
import { rejection } from '../../integration/rejection.ts'

vi.mock('undici', () => {
  throw new Error("Cannot find package 'undici'")
})

it('without undici ready() and calls say what to install, and nothing else happens', async () => {
  await using balancer = createBalancer({ endpoints: ['http://127.0.0.1:1', 'http://127.0.0.1:2'] })
  const missing = {
    name: 'BalancerError',
    code: 'ERR_INVALID_CONFIG',
    message: expect.stringMatching(/needs the package undici, .*`npm install undici`/),
  }
  expect(await rejection(balancer.fetch('/'))).toMatchObject(missing)
  expect(await rejection(balancer.ready())).toMatchObject(missing)
  balancer.setEndpoints(['http://127.0.0.1:3'])
  expect(balancer.snapshot().endpoints[0]).toMatchObject({ state: 'eligible', failures: 0 })
})
