import { group } from '../case.ts'
import { answer } from '../scripts.ts'
import { answers } from './answering.ts'

const OK = 'HTTP/1.1 200 OK\r\n'

export const responseHeaders = group('response', [
  answers(
    'headers of one name',
    answer(
      '200 OK',
      [
        ['X-A', '1'],
        ['x-b', '2'],
        ['x-a', '3'],
        ['X-A', ''],
      ],
      'hi',
    ),
  ),
  answers(
    'headers in no order',
    answer(
      '200 OK',
      [
        ['Z', '1'],
        ['a', '2'],
        ['M', '3'],
        ['1', '4'],
        ['-', '5'],
      ],
      'hi',
    ),
  ),
  answers(
    'cookies',
    answer(
      '200 OK',
      [
        ['Set-Cookie', 'b=2; Path=/, x'],
        ['X', '1'],
        ['set-cookie', 'a=1'],
        ['SET-COOKIE', 'b=2'],
      ],
      'hi',
    ),
  ),
  answers(
    'an empty cookie',
    answer(
      '200 OK',
      [
        ['Set-Cookie', ''],
        ['Set-Cookie2', 'a=1'],
      ],
      'hi',
    ),
  ),
  answers('an empty header', answer('200 OK', [['X-A', '']], 'hi')),
  answers(
    'white space around a header',
    answer(
      '200 OK',
      [
        ['X-A', ' \t 1 \t '],
        ['X-B', '1 \t 2'],
      ],
      'hi',
    ),
  ),
  answers('no white space before a header', `${OK}X-A:1\r\nContent-Length:2\r\n\r\nhi`),
  answers('white space before a colon', `${OK}X-A : 1\r\nContent-Length: 2\r\n\r\nhi`),
  answers('a folded header', `${OK}X-A: 1\r\n  2\r\n\t3\r\nContent-Length: 2\r\n\r\nhi`),
  answers('a header of latin1', `${OK}X-A: \xe4\xff\x80\r\nContent-Length: 2\r\n\r\nhi`),
  answers('a header of UTF-8', Buffer.from(`${OK}X-A: ä☕\r\nContent-Length: 2\r\n\r\nhi`)),
  answers('a header name of symbols', `${OK}!#$%&'*+-.^_\`|~: 1\r\nContent-Length: 2\r\n\r\nhi`),
  answers('a header name of latin1', `${OK}\xe4: 1\r\nContent-Length: 2\r\n\r\nhi`),
  answers('a header name with a space', `${OK}X A: 1\r\nContent-Length: 2\r\n\r\nhi`),
  answers('an empty header name', `${OK}: 1\r\nContent-Length: 2\r\n\r\nhi`),
  answers(
    'a header __proto__',
    answer(
      '200 OK',
      [
        ['__proto__', '1'],
        ['constructor', '2'],
        ['toString', '3'],
      ],
      'hi',
    ),
  ),
  answers('a NUL in a header', `${OK}X-A: a\0b\r\nContent-Length: 2\r\n\r\nhi`),
  answers('a tab in a header', `${OK}X-A: a\tb\r\nContent-Length: 2\r\n\r\nhi`),
  answers('a DEL in a header', `${OK}X-A: a\x7fb\r\nContent-Length: 2\r\n\r\nhi`),
  answers('a carriage return in a header', `${OK}X-A: a\rb\r\nContent-Length: 2\r\n\r\nhi`),
  answers(
    'many headers',
    answer(
      '200 OK',
      Array.from({ length: 300 }, (_, i) => [`X-${i}`, `${i}`] as const),
      'hi',
    ),
  ),
  answers('headers of nearly 16 KiB', answer('200 OK', [['X-A', 'a'.repeat(16_000)]], 'hi')),
  answers('headers above 16 KiB', answer('200 OK', [['X-A', 'a'.repeat(16_400)]], 'hi')),
  answers('headers above 64 KiB', answer('200 OK', [['X-A', 'a'.repeat(70_000)]], 'hi')),
  answers(
    'connection headers',
    answer(
      '200 OK',
      [
        ['Upgrade', 'h2c'],
        ['Proxy-Authenticate', 'Basic'],
        ['TE', 'x'],
      ],
      'hi',
    ),
  ),
  answers('a Refresh header', answer('200 OK', [['Refresh', '0; url=/y']], 'hi')),
  answers('a Location without a redirect', answer('200 OK', [['Location', '/y']], 'hi')),
])
