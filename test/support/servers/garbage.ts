const OK = 'HTTP/1.1 200 OK\r\n'

function headers(count: number, length: number): string {
  return Array.from({ length: count }, (_, i) => `X-${i}: ${'a'.repeat(length)}\r\n`).join('')
}

/** What is no answer at all: no client can make a `Response` of it. */
export const NO_ANSWER = {
  'another protocol': 'SSH-2.0-OpenSSH_9.2\r\n',
  'random bytes': '\x00\xff\xfe\x01\x02\x03\r\n\r\n',
  'a bare page': '<html>hello</html>\r\n\r\n',
  'a header without a colon': `${OK}Bad Header\r\n\r\n`,
  'a control character in a header': `${OK}X: \x01\x02\r\nContent-Length: 2\r\n\r\nhi`,
  'a header flood': `${OK}${headers(5_000, 50)}\r\n`,
  'an impossible Content-Length': `${OK}Content-Length: 99999999999999999999999\r\n\r\nhi`,
  'a negative Content-Length': `${OK}Content-Length: -5\r\n\r\nhi`,
  'a Content-Length in words': `${OK}Content-Length: soon\r\n\r\nhi`,
  'two different Content-Lengths': `${OK}Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi`,
  'a length and chunks at once': `${OK}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n`,
  'a status of two digits': 'HTTP/1.1 99 Odd\r\nContent-Length: 2\r\n\r\nhi',
  'a status of 000': 'HTTP/1.1 000 Odd\r\nContent-Length: 2\r\n\r\nhi',
  'an upgrade nobody asked for':
    'HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
} as const

/** What begins as an answer and breaks in its body. */
export const BROKEN_BODY = {
  'a broken chunk at once': `${OK}Transfer-Encoding: chunked\r\n\r\nZZ\r\nhello\r\n`,
  'a broken chunk later': `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nZZ\r\n`,
  'a compression that is none': `${OK}Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello`,
} as const

/** What is odd, but an answer. */
export const ODD_ANSWER: Readonly<Record<string, { readonly bytes: string; readonly status: number }>> = {
  'many headers': { bytes: `${OK}Content-Length: 2\r\n${headers(1_000, 1)}\r\nhi`, status: 200 },
  'a status of 999': { bytes: 'HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\nhi', status: 999 },
  'many early hints': {
    bytes: `${'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n'.repeat(50)}${OK}Content-Length: 2\r\n\r\nhi`,
    status: 200,
  },
  'more bytes than announced': { bytes: `${OK}Content-Length: 2\r\n\r\nhi and more`, status: 200 },
  'a body where none may be': { bytes: 'HTTP/1.1 204 None\r\nContent-Length: 5\r\n\r\nhello', status: 204 },
}

/** `Retry-After` values that say nothing: they are as good as none. */
export const VOID_RETRY_AFTER = [
  '-1',
  '1e400',
  'soon',
  '',
  '0',
  '1.5',
  'Infinity',
  '0x10',
  '+5',
  '5, 6',
  'Thu, 01 Jan 1970 00:00:00 GMT',
  'Fri, 31 Nov 9999',
]

/** `Retry-After` values that nobody would wait for. */
export const ENDLESS_RETRY_AFTER = ['99999999999', '9'.repeat(400), 'Fri, 31 Dec 9999 23:59:59 GMT']

/** A 503 that asks for a pause. */
export function unavailable(retryAfter: string): string {
  return `HTTP/1.1 503 Service Unavailable\r\nRetry-After: ${retryAfter}\r\nContent-Length: 0\r\n\r\n`
}
