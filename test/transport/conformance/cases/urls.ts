import { type Case, group, when } from '../case.ts'

const path = (of: string): Case => when(JSON.stringify(of), ({ fetch }) => fetch(of))

const absolute = (name: string, of: (url: string) => unknown): Case =>
  when(name, ({ fetch, url }) => fetch(of(url) as string))

export const urls = group(
  'URL',
  [
    ...[
      '/',
      '/a/b',
      '/a/',
      '/a?b=c&d',
      '/a?',
      '/?',
      '/a#b',
      '/a?b#c?d',
      '/a b',
      '/a%20b',
      '/a%',
      '/ä☕',
      '/a?ä=☕',
    ],
    ...[
      '/a/../b',
      '/a/./b',
      '/a//b',
      '/a/%2e%2e/b',
      '/..',
      '/a\\b',
      '/a;b=c',
      '/a:b@c',
      '/\ta\n',
      '/"<>^`{|}',
      "/a'b",
    ],
    ...['/a?"<>\'', '/[]', '/a\u0000b', '/\ud800'],
  ].map((text) => path(text)),
)

export const wholeUrls = group('URL', [
  absolute('a URL object', (url) => new URL('/a?b#c', url)),
  absolute('a Request', (url) => new Request(`${url}/a?b#c`)),
  absolute('an object with toString', (url) => ({ toString: () => `${url}/a` })),
  absolute('in capital letters', (url) => `${url.toUpperCase()}/A`),
  absolute('without a path', (url) => url),
  absolute('without slashes', (url) => url.replace('//', '')),
  absolute('with a query and no path', (url) => `${url}?q`),
  absolute('white space around it', (url) => `  ${url}/a\n`),
  absolute('with a user', (url) => `${url.replace('//', '//user@')}/a`),
  absolute('with a user and a password', (url) => `${url.replace('//', '//user:password@')}/a`),
  absolute('a number', () => 1),
  absolute('nothing', () => undefined),
  absolute('a symbol', () => Symbol('url')),
  absolute('an empty text', () => ''),
  absolute('of data', () => 'data:text/plain,hello'),
  absolute('of a file', () => 'file:///etc/hostname'),
  absolute('of FTP', () => 'ftp://example.test/'),
  absolute('of about', () => 'about:blank'),
  absolute('of a blob', () => URL.createObjectURL(new Blob(['hello']))),
])
