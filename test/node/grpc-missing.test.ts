import { grpcCheck } from 'evenkeel/node'
import { expect, it, vi } from 'vitest'
import { ONCE, verdictOn } from './verdict.ts'

vi.mock('@grpc/grpc-js', () => {
  throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
})

it('without the package grpcCheck says what to install, and ends nothing', async () => {
  expect(await verdictOn('grpc://127.0.0.1:1', grpcCheck(ONCE))).toEqual({
    healthy: false,
    error:
      'Error: grpcCheck needs the package @grpc/grpc-js, which cannot be loaded: `npm install @grpc/grpc-js`',
  })
})
