import { NO_ANSWER, ODD_ANSWER } from '../../../support/servers/garbage.ts'
import { group, when } from '../case.ts'
import { answer, chunk, chunked, replies, repliesAndResets, repliesSlowly } from '../scripts.ts'
import { answers, ends, GET, head, twice } from './answering.ts'

const OK = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`
const LARGE = 'x'.repeat(1024 * 1024)

const STATUSES = [
  ...['200 OK', '200 Fine: "ä"', '200 ', '201 Created', '202 Accepted', '203 Non-Authoritative Information'],
  ...['206 Partial Content', '226 IM Used', '299 Own', '300 Multiple Choices', '306 Unused', '399 Own'],
  ...[
    '400 Bad Request',
    '401 Unauthorized',
    '404 Not Found',
    '407 Proxy',
    '417 No',
    '418 Teapot',
    '421 Other',
  ],
  ...['429 Slow Down', '451 Legal', '500 Oops', '502 Bad Gateway', '503 Busy', '505 Version', '599 Own'],
  ...['600 Own', '700 Own', '999 Own'],
]

const NULL_BODY = ['204 No Content', '205 Reset Content', '304 Not Modified']

export const responses = group('response', [
  ...STATUSES.map((status) => answers(status, answer(status, [], 'body'))),
  answers('a status line without a reason', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi'),
  answers('a reason of latin1', 'HTTP/1.1 200 \xc4\xe9\r\nContent-Length: 2\r\n\r\nhi'),
  answers('a reason of UTF-8', Buffer.from('HTTP/1.1 200 ☕\r\nContent-Length: 2\r\n\r\nhi')),
  ...NULL_BODY.flatMap((status) => [
    answers(status, `HTTP/1.1 ${status}\r\nX-A: 1\r\n\r\n`),
    answers(`${status} with a length of 0`, answer(status)),
    twice(`${status} with a body`, answer(status, [], 'body')),
  ]),
  twice('304 with the length of what is not sent', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'),

  answers('a length of 0', answer('200 OK')),
  answers('lower case', 'HTTP/1.1 200 ok\r\ncontent-length: 2\r\n\r\nhi'),
  ends('no length', `${OK}\r\nuntil the end`),
  ends('no length and no body', `${OK}\r\n`),
  ends('no headers at all', 'HTTP/1.1 200 OK\r\n\r\nuntil the end'),
  ends('Connection: close', answer('200 OK', [['Connection', 'close']], 'hi')),
  twice('Connection: close', answer('200 OK', [['Connection', 'close']], 'hi')),
  twice('Keep-Alive', answer('200 OK', [['Keep-Alive', 'timeout=5, max=100']], 'hi')),
  twice('Keep-Alive: timeout=0', answer('200 OK', [['Keep-Alive', 'timeout=0']], 'hi')),
  ends('HTTP/1.0', 'HTTP/1.0 200 OK\r\nX-A: 1\r\n\r\nuntil the end'),
  twice('HTTP/1.0 with a length', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi'),
  answers('HTTP/1.2', 'HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\nhi'),
  answers('HTTP/2.0', 'HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nhi'),
  answers('HTTP/0.9', 'hello'),
  answers('line feeds alone', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nhi'),
  answers('an empty line before it', `\r\n${OK}Content-Length: 2\r\n\r\nhi`),
  answers('a BOM in front of its text', answer('200 OK', [], '\ufefftext')),
  answers('a text that is no UTF-8', answer('200 OK', [], Buffer.from('\xff\xc3', 'latin1'))),
  answers(
    'a text of another charset',
    answer('200 OK', [['Content-Type', 'text/plain; charset=latin1']], Buffer.from('\xe4', 'latin1')),
  ),

  answers('chunks', CHUNKED, chunked('one', 'two', 'three')),
  answers('no chunks', CHUNKED, chunked()),
  answers('chunks with extensions', CHUNKED, '3;name=value\r\none\r\n0;last\r\n\r\n'),
  answers('chunks in capital letters', CHUNKED, `A\r\n${'x'.repeat(10)}\r\n0\r\n\r\n`),
  answers('a chunk size with zeros', CHUNKED, '0003\r\none\r\n000\r\n\r\n'),
  answers('a chunk size that is no number', CHUNKED, 'x\r\none\r\n0\r\n\r\n'),
  answers('a chunk size that is too small', CHUNKED, '2\r\none\r\n0\r\n\r\n'),
  answers('an enormous chunk size', CHUNKED, 'ffffffffffffffffff\r\none\r\n0\r\n\r\n'),
  twice(
    'trailers',
    `${OK}Trailer: X-T\r\nTransfer-Encoding: chunked\r\n\r\n`,
    chunk('one'),
    '0\r\nX-T: 1\r\nSet-Cookie: a=1\r\n\r\n',
  ),
  answers(
    'trailers that were not announced',
    CHUNKED,
    chunk('one'),
    '0\r\nX-T: 1\r\nContent-Length: 9\r\n\r\n',
  ),
  ends('chunks without an end', CHUNKED, chunk('one')),
  ends('a chunk that is cut', CHUNKED, '9\r\none'),
  answers(
    'Transfer-Encoding: gzip, chunked',
    `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`,
    chunked('one'),
  ),
  ends('Transfer-Encoding: gzip', `${OK}Transfer-Encoding: gzip\r\n\r\none`),
  answers('Transfer-Encoding: Chunked', `${OK}Transfer-Encoding: Chunked\r\n\r\n`, chunked('one')),
  answers(
    'two Transfer-Encodings',
    `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`,
    chunked('one'),
  ),

  ends('less than its length', `${OK}Content-Length: 9\r\n\r\nhello`),
  ends('nothing of its length', `${OK}Content-Length: 9\r\n\r\n`),
  when('less than its length, and a reset', GET, {
    server: repliesAndResets(`${OK}Content-Length: 9\r\n\r\nhello`),
  }),
  twice('more than its length', `${OK}Content-Length: 2\r\n\r\nhello`),
  answers('a length in two lines', `${OK}Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi`),
  answers('a length as a list', `${OK}Content-Length: 2, 2\r\n\r\nhi`),
  answers('a length with a sign', `${OK}Content-Length: +2\r\n\r\nhi`),
  answers('a length with zeros', `${OK}Content-Length: 002\r\n\r\nhi`),
  answers('an empty length', `${OK}Content-Length: \r\n\r\nhi`),

  head('a length', answer('200 OK').subarray(0, -4), '\r\nX-Length: 5\r\n\r\n'),
  head('the length of what is not sent', `${OK}Content-Length: 5\r\n\r\n`),
  head('chunks that are not sent', CHUNKED),
  head('a body all the same', `${OK}Content-Length: 5\r\n\r\nhello`),
  head('404', 'HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\n'),
  head('204', 'HTTP/1.1 204 No Content\r\n\r\n'),

  answers('100 before it', 'HTTP/1.1 100 Continue\r\n\r\n', answer('200 OK', [], 'hi')),
  answers('102 before it', 'HTTP/1.1 102 Processing\r\n\r\n', answer('200 OK', [], 'hi')),
  answers(
    '103 before it',
    'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n',
    answer('200 OK', [], 'hi'),
  ),
  answers(
    'several before it',
    'HTTP/1.1 103 Early Hints\r\nX: 1\r\n\r\n'.repeat(5),
    answer('200 OK', [], 'hi'),
  ),
  answers('199 before it', 'HTTP/1.1 199 Own\r\n\r\n', answer('200 OK', [], 'hi')),
  answers(
    'a length with 103',
    'HTTP/1.1 103 Early Hints\r\nContent-Length: 2\r\n\r\n',
    answer('200 OK', [], 'hi'),
  ),
  answers('101', 'HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
  answers('101 without Upgrade', 'HTTP/1.1 101 Switching\r\n\r\n'),
  ends('100 and no more', 'HTTP/1.1 100 Continue\r\n\r\n'),

  ...Object.entries(NO_ANSWER).map(([name, bytes]) => ends(`no answer: ${name}`, bytes)),
  ...Object.entries(ODD_ANSWER).map(([name, { bytes }]) => twice(`odd: ${name}`, bytes)),

  when('a large body', GET, { server: replies(answer('200 OK', [], LARGE)) }),
  when('a large body in parts', GET, {
    server: repliesSlowly(
      answer('200 OK', [['Content-Length', `${LARGE.length}`]], LARGE.slice(0, 1000)),
      LARGE.slice(1000, 500_000),
      LARGE.slice(500_000),
    ),
  }),
  when('byte by byte', GET, {
    server: repliesSlowly(...answer('200 OK', [['X-A', '1']], 'hi').toString('latin1')),
  }),
  when('a large body in small chunks', GET, {
    server: replies(CHUNKED, chunked(...Array.from({ length: 2_000 }, (_, i) => `${i}`))),
  }),
])
