import { grpcCheck, scriptCheck, tcpCheck } from 'evenkeel/node'
import { describe, expect, it } from 'vitest'

const wrong = (value: unknown) => value as never

describe('a mistake in the options is named', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['tcpCheck that is none', () => tcpCheck(wrong('tcp')), /`tcpCheck`: got "tcp"/],
    ['an unknown option', () => tcpCheck(wrong({ path: '/' })), /`tcpCheck\.path`: .*known are port, send,/],
    ['a port', () => tcpCheck({ port: 0 }), /`tcpCheck\.port`: got 0; .*at least 1/],
    ['nothing to send', () => tcpCheck({ send: '' }), /`tcpCheck\.send`: got ""/],
    [
      'what cannot be sent',
      () => tcpCheck({ send: wrong([1]) }),
      /`tcpCheck\.send`: .*a string or a Uint8Array/,
    ],
    ['nothing to expect', () => tcpCheck({ expect: '' }), /`tcpCheck\.expect`: got ""/],
    ['TLS', () => tcpCheck({ tls: wrong('yes') }), /`tcpCheck\.tls`: got "yes"; allowed is true, false,/],
    ['no service', () => grpcCheck({ service: wrong(null) }), /`grpcCheck\.service`: got null/],
    ['another port', () => grpcCheck({ port: 70_000 }), /`grpcCheck\.port`: got 70000/],
    ['its TLS', () => grpcCheck({ tls: wrong([]) }), /`grpcCheck\.tls`: got an array of 0/],
    [
      'credentials',
      () => grpcCheck(wrong({ credentials: {} })),
      /`grpcCheck\.credentials`: there is no such/,
    ],
    ['no command', () => scriptCheck(wrong({})), /`scriptCheck\.command`: got undefined/],
    ['an empty one', () => scriptCheck({ command: '' }), /`scriptCheck\.command`: got ""/],
    [
      'arguments in one',
      () => scriptCheck({ command: 'a', args: wrong('-x') }),
      /`scriptCheck\.args`: got "-x"/,
    ],
    [
      'no text among them',
      () => scriptCheck({ command: 'a', args: wrong([1]) }),
      /`scriptCheck\.args`: .*strings/,
    ],
    [
      'variables',
      () => scriptCheck({ command: 'a', env: wrong(['A=b']) }),
      /`scriptCheck\.env`: got an array of 1/,
    ],
    [
      'one of them',
      () => scriptCheck({ command: 'a', env: wrong({ A: 1 }) }),
      /`scriptCheck\.env\.A`: got 1/,
    ],
    ['a folder', () => scriptCheck({ command: 'a', cwd: '' }), /`scriptCheck\.cwd`: got ""/],
  ])('%s', (_, create, message) => {
    expect(create).toThrow(expect.objectContaining({ code: 'ERR_INVALID_CONFIG' }))
    expect(create).toThrow(message)
  })
})

it('names are for snapshots, and the schedule is passed on', () => {
  expect(tcpCheck()).toEqual({ name: 'tcp', check: expect.any(Function) })
  expect(tcpCheck({ tls: true, port: 443, rise: 1 })).toMatchObject({ name: 'tls :443', rise: 1 })
  expect(grpcCheck({ beforeTraffic: true })).toMatchObject({ name: 'grpc', beforeTraffic: true })
  expect(grpcCheck({ service: 'a.B', fall: 9 })).toMatchObject({ name: 'grpc a.B', fall: 9 })
  expect(scriptCheck({ command: 'true', interval: 7 })).toMatchObject({ name: 'true', interval: 7 })
})
