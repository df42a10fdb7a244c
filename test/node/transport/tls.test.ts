import { setTimeout as sleep } from 'node:timers/promises'
import { createBalancer, undiciTransport } from 'evenkeel/node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { rejection } from '../../integration/rejection.ts'

describe('certificates of the client that cannot be read', () => {
  it.each([0, 1])('fail the call and no more, with %i connections opened ahead', async (prewarm) => {
    const uncaught: unknown[] = []
    const listen = (error: unknown) => uncaught.push(error)
    process.on('uncaughtException', listen)
    onTestFinished(() => void process.off('uncaughtException', listen))
    const transport = undiciTransport({ connectTimeout: 20, prewarm, tls: { cert: 'none', key: 'none' } })
    await using balancer = createBalancer({ endpoints: ['https://127.0.0.1:1'], transport, retry: false })
    await balancer.ready()
    expect(await rejection(balancer.fetch('/'))).toMatchObject({
      attempts: [{ kind: 'unreachable', progress: 'unsent' }],
      cause: { cause: { code: 'ERR_OSSL_PEM_NO_START_LINE' } },
    })
    // As long as a connection would have been waited for.
    await sleep(50)
    expect(uncaught).toEqual([])
  })
})
