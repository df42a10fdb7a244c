import { BalancerError, type Outcome } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { classifyError } from '../../src/transport/classify-error.js'

type Fields = Record<string, unknown>

/** What `fetch` of Node and Deno rejects with: the news is in the cause. */
function fetchFailed(message: string, fields: Fields = {}): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(message), fields) })
}

/** What `fetch` of Bun rejects with. */
function bun(code: string, message: string): TypeError {
  return Object.assign(new TypeError(message), { code, errno: 0, path: 'http://127.0.0.1:40001/' })
}

const connect = (code: string, address = '127.0.0.1') => ({
  code,
  errno: -111,
  syscall: 'connect',
  address,
  port: 40001,
})
/** hyper's words, as Deno passes them on. */
const hyper = (why: string) => `error sending request for url (http://127.0.0.1:40001/): client error ${why}`
const bunFetch = 'For more information, pass `verbose: true` in the second argument to fetch()'

// Copied from Node 22.23, 24.21 and 26.10, Bun 1.4.5, Deno 2.9.5 and workerd 2026-10-23, which were made to
// fetch from a closed port, a name under .invalid, and servers that reset, close, babble and sign for themselves.

describe('a connection that was refused, or a name that does not exist', () => {
  it.each<[string, unknown]>([
    ['Node, refused', fetchFailed('connect ECONNREFUSED 127.0.0.1:40001', connect('ECONNREFUSED'))],
    [
      'Node, no such name',
      fetchFailed('getaddrinfo ENOTFOUND no-such-host.invalid', {
        code: 'ENOTFOUND',
        errno: -3008,
        syscall: 'getaddrinfo',
        hostname: 'no-such-host.invalid',
      }),
    ],
    [
      'Node, reset while connecting',
      fetchFailed('connect ECONNRESET 127.0.0.1:40001', connect('ECONNRESET')),
    ],
    ['Node, self-signed', fetchFailed('self-signed certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })],
    [
      'Node, closed during the TLS handshake',
      fetchFailed('Client network socket disconnected before secure TLS connection was established', {
        code: 'ECONNRESET',
        host: '127.0.0.1',
        port: '40001',
        localAddress: null,
      }),
    ],
    ['Node, a blocked port', fetchFailed('bad port')],
    [
      'Bun, refused',
      bun('ECONNREFUSED', 'ECONNREFUSED: Unable to connect. Is the computer able to access the url?'),
    ],
    [
      'Bun, refused, before 1.3',
      bun('ConnectionRefused', 'Unable to connect. Is the computer able to access the url?'),
    ],
    [
      'Bun, no such name',
      Object.assign(bun('ENOTFOUND', 'getaddrinfo ENOTFOUND no-such-host.invalid'), {
        syscall: 'getaddrinfo',
      }),
    ],
    ['Bun, self-signed', bun('DEPTH_ZERO_SELF_SIGNED_CERT', 'self signed certificate')],
    ['Deno, a blocked port', new TypeError('Fetch failed: Requests to port 1 are blocked')],
  ])('certainly sent nothing: %s', (_, error) => {
    expect(classifyError(error)).toEqual({ kind: 'unreachable', progress: 'unsent' })
  })

  it.each([
    ['refused', '(Connect): tcp connect error: Connection refused (os error 111)'],
    ['no such name', '(Connect): dns error: failed to lookup address information: Name or service not known'],
    ['self-signed', '(Connect): invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))'],
    ['closed during the TLS handshake', '(Connect): tls handshake eof'],
  ])(
    'may have sent something on Deno, which sends again by itself what broke on a kept-alive connection: %s',
    (_, why) => {
      expect(classifyError(fetchFailed(hyper(why)))).toEqual({ kind: 'unreachable', progress: 'sent' })
    },
  )
})

describe('several addresses of one name', () => {
  const at = (address: string, code: string) =>
    Object.assign(new Error(`connect ${code}`), connect(code, address))
  const all = (...errors: Error[]) =>
    new TypeError('fetch failed', {
      cause: Object.assign(new AggregateError(errors), { code: 'ECONNREFUSED' }),
    })

  it('certainly sent nothing if none could be connected to', () => {
    const error = all(at('127.0.0.1', 'ECONNREFUSED'), at('::1', 'ENETUNREACH'))
    expect(classifyError(error)).toEqual({ kind: 'unreachable', progress: 'unsent' })
  })

  it('may have sent something if one of them failed otherwise', () => {
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' })
    const error = all(at('127.0.0.1', 'ECONNREFUSED'), reset)
    expect(classifyError(error)).toEqual({ kind: 'broken', progress: 'sent' })
  })
})

describe('a connection that broke, or an answer that is none', () => {
  it.each<[string, unknown]>([
    ['Node, reset', fetchFailed('read ECONNRESET', { code: 'ECONNRESET', errno: -104, syscall: 'read' })],
    ['Node, reset while writing', fetchFailed('write ECONNRESET', { code: 'ECONNRESET', syscall: 'write' })],
    ['Node, closed', fetchFailed('other side closed', { name: 'SocketError', code: 'UND_ERR_SOCKET' })],
    [
      'Node 22, not HTTP',
      fetchFailed('Response does not match the HTTP/1.1 protocol (Expected HTTP/)', {
        code: 'HPE_INVALID_CONSTANT',
      }),
    ],
    [
      'Node 24, not HTTP',
      fetchFailed('Response does not match the HTTP/1.1 protocol (Expected HTTP/, RTSP/ or ICE/)', {
        name: 'HTTPParserError',
        code: undefined,
      }),
    ],
    [
      'Node, TLS to a plain server',
      fetchFailed('…wrong version number…', { code: 'ERR_SSL_WRONG_VERSION_NUMBER' }),
    ],
    [
      'Bun, reset or closed',
      bun('ECONNRESET', `ECONNRESET: The socket connection was closed unexpectedly. ${bunFetch}`),
    ],
    [
      'Bun, not HTTP',
      bun(
        'Malformed_HTTP_Response',
        `Malformed_HTTP_Response fetching "http://127.0.0.1:40001/". ${bunFetch}`,
      ),
    ],
    [
      'Bun, TLS to a plain server',
      bun('EPROTO', 'EPROTO: The TLS handshake failed. Does the server speak TLS on this port?'),
    ],
    ['Deno, reset', fetchFailed('Connection reset by peer (os error 104)')],
    ['Deno, closed', fetchFailed(hyper('(SendRequest): connection closed before message completed'))],
    ['Deno, not HTTP', fetchFailed(hyper('(SendRequest): invalid HTTP version parsed'))],
    [
      'workerd, refused just as reset',
      Object.assign(new Error('Network connection lost.'), { retryable: true }),
    ],
    ['Chrome', new TypeError('Failed to fetch')],
    ['Safari', new TypeError('Load failed')],
    ['Firefox', new TypeError('NetworkError when attempting to fetch resource.')],
  ])('may have been sent: %s', (_, error) => {
    expect(classifyError(error)).toEqual({ kind: 'broken', progress: 'sent' })
  })
})

describe("what is the caller's, and not the endpoint's", () => {
  it.each<[string, unknown]>([
    ['Node, a header', fetchFailed('invalid keep-alive header', { code: 'UND_ERR_INVALID_ARG' })],
    ['Node, `expect`', fetchFailed('expect header not supported', { code: 'UND_ERR_NOT_SUPPORTED' })],
    [
      'Node, a wrong content-length',
      fetchFailed('Request body length does not match content-length header', {
        code: 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
      }),
    ],
    ["Node, redirect: 'error'", fetchFailed('unexpected redirect')],
    ['Node, too many redirects', fetchFailed('redirect count exceeded')],
    ['Node, a redirect to ftp', fetchFailed('URL scheme must be a HTTP(S) scheme')],
    [
      "Bun, redirect: 'error'",
      bun('UnexpectedRedirect', `UnexpectedRedirect fetching "http://127.0.0.1/". ${bunFetch}`),
    ],
    [
      'Bun, too many redirects',
      bun('TooManyRedirects', 'TooManyRedirects: The response redirected too many times.'),
    ],
    [
      'Bun, a redirect to ftp',
      bun('UnsupportedRedirectProtocol', 'UnsupportedRedirectProtocol fetching "http://x/".'),
    ],
    [
      "Deno, redirect: 'error'",
      new TypeError("Fetch failed: Encountered redirect while redirect mode is set to 'error'"),
    ],
    ['Deno, too many redirects', new TypeError('Fetch failed: Maximum number of redirects (20) reached')],
    ['Deno, a redirect to ftp', new TypeError('Fetch failed: Can not redirect to a non HTTP(s) url')],
  ])('is ignored: %s', (_, error) => {
    expect(classifyError(error)).toEqual({ kind: 'ignored', progress: 'sent' })
  })
})

describe('the error of a balancer within a balanced call', () => {
  const failed = (...progress: Outcome['progress'][]) =>
    new BalancerError('ERR_ATTEMPT_FAILED', "GET / on 'inner' failed", {
      cause: fetchFailed('connect ECONNREFUSED 127.0.0.1:40001', connect('ECONNREFUSED')),
      attempts: progress.map((one, index) => ({
        number: index + 1,
        endpoint: 'http://127.0.0.1:40001',
        kind: one === 'unsent' ? 'unreachable' : 'broken',
        progress: one,
        status: undefined,
        duration: 1,
        error: undefined,
      })),
    })

  it('certainly sent nothing only if none of its attempts did, whatever came of the last', () => {
    expect(classifyError(failed('unsent', 'unsent'))).toEqual({ kind: 'unreachable', progress: 'unsent' })
    expect(classifyError(failed('sent', 'unsent'))).toBeUndefined()
  })
})

describe('anything else', () => {
  it('is not taken for a connection error', () => {
    for (const error of [
      undefined,
      null,
      'ECONNREFUSED',
      42,
      new Error('no such user'),
      new TypeError('x is undefined'),
    ]) {
      expect(classifyError(error)).toBeUndefined()
    }
    expect(classifyError(Object.assign(new Error('duplicate key'), { code: '23505' }))).toBeUndefined()
  })

  it('ends with causes that go round in a circle', () => {
    const error = new Error('round')
    error.cause = error
    expect(classifyError(error)).toBeUndefined()
  })
})
