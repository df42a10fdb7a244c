import type { Explanation } from './explanation.ts'

const columns = ['fetchTransport', 'undiciTransport']

/** It was sent, and answered. */
const SENT = { 'caller.error': undefined, 'caller.response': { status: 200 }, server: [{}] }

const ORDER =
  'a balancer keeps pairs of what a Headers holds, in small letters and in their order, so that it can send them again; ' +
  'names mean the same in any case and order (RFC 9110, 5.1 and 5.3)'
const AHEAD =
  'up to 64 KiB of the body of a Request are read before it is sent, so that it can be sent again; it goes out with its length'
const CANCELS = 'the stream is told that nobody wants its rest; fetch of Node lets it run on'
const OWN_WORDS = 'a balancer finds the mistake before it has anything to send, and says so in its own words'

/** What any balancer does, whatever it sends with. */
export const OF_BALANCERS: readonly Explanation[] = [
  {
    columns,
    cases: ['URL: with a user', 'URL: with a user and a password'],
    found: { 'caller.error.message': 'A URL that includes credentials cannot be fetched' },
    why: 'no password is repeated in an error',
  },
  {
    columns,
    cases: ['URL: a number', 'URL: nothing', 'URL: an empty text'],
    found: SENT,
    why: 'what is no whole URL is a path below that of the endpoint',
  },
  {
    columns,
    cases: ['URL: of data', 'URL: of a blob'],
    found: {
      'caller.response': undefined,
      'caller.error': { name: 'TypeError', message: /takes http and https URLs or paths/ },
    },
    why: 'it comes from no server, so there is nothing to balance',
  },
  {
    columns,
    cases: ['URL: of a file', 'URL: of FTP', 'URL: of about'],
    found: {
      'caller.error.message': /takes http and https URLs or paths/,
      'caller.error.cause': undefined,
    },
    why: OWN_WORDS,
  },
  {
    columns,
    cases: [
      'request header: Headers',
      'request header: appended Headers',
      'request header: those of a Request',
    ],
    found: {
      'server.0.headers.2.0': /^(x-a|set-cookie|cookie)$/,
      'server.0.headers.2.1': /./,
      'server.0.headers.3.0': /^x-[ab]$/,
      'server.0.headers.3.1': /./,
    },
    why: ORDER,
  },
  {
    columns,
    cases: ['option: a Request for an init'],
    found: {
      'server.0.headers.2.0': 'content-type',
      'server.0.headers.2.1': 'text/plain;charset=UTF-8',
      'server.0.headers.3.0': 'x-a',
      'server.0.headers.3.1': '1',
    },
    why: ORDER,
  },
  {
    columns,
    cases: ['option: a Request for an init'],
    found: {
      'server.0.headers.9.0': 'content-length',
      'server.0.headers.9.1': '4',
      'server.0.framing': 'content-length',
    },
    why: AHEAD,
  },
  {
    columns,
    cases: ['request body: a Request with a stream'],
    found: {
      'server.0.headers.7.0': 'content-length',
      'server.0.headers.7.1': '1000',
      'server.0.framing': 'content-length',
    },
    why: AHEAD,
  },
  {
    columns,
    cases: ['request body: a Request with a stream that fails'],
    found: { 'caller.error.message': 'The body of the request failed', server: [] },
    why: AHEAD,
  },
  {
    columns,
    cases: ['request body: a Request twice'],
    found: { 'caller.error.message': 'The body of the Request has been used already' },
    why: OWN_WORDS,
  },
  {
    columns,
    cases: ['request body: a detached ArrayBuffer'],
    found: {
      'caller.response': undefined,
      'caller.error': { name: 'TypeError', message: /detached ArrayBuffer/ },
      server: [],
    },
    why: 'its bytes are gone; fetch of Node sends none of them and says nothing',
  },
  {
    columns,
    cases: ['request body: a stream of numbers'],
    found: {
      'caller.error.cause.message': 'The body of a request consists of bytes and strings',
      'caller.error.cause.code': undefined,
    },
    why: OWN_WORDS,
  },
  {
    columns,
    cases: ['request body: a stream of buffers'],
    found: SENT,
    why: 'an ArrayBuffer is bytes as well',
  },
  {
    columns,
    cases: [
      'request body: a stream without duplex',
      'request body: an async iterable without duplex',
      'request body: a stream with another duplex',
    ],
    found: SENT,
    why: 'a balancer says itself that streams are half-duplex, as they are all',
  },
  {
    columns,
    cases: ['option: signal: {}'],
    found: { 'caller.error.message': 'The signal is not an AbortSignal' },
    why: OWN_WORDS,
  },
  {
    columns,
    cases: ['option: an init that is a text', 'option: an init that is a number'],
    found: { 'caller.error.message': 'The second argument of fetch is an object' },
    why: OWN_WORDS,
  },
  {
    columns,
    cases: ['option: an init that is a function'],
    found: {
      'caller.response': undefined,
      'caller.error': { name: 'TypeError', message: 'The second argument of fetch is an object' },
      server: [],
    },
    why: 'a function is taken for a mistake',
  },
  {
    columns,
    cases: [
      ...['no reason', 'an own error', 'a text', 'null', 'an AbortError', 'a TypeError'].map(
        (reason) => `abort: with ${reason}, in an upload`,
      ),
    ],
    found: { 'caller.1.cancelled': /^(?!no$)/ },
    why: CANCELS,
  },
  {
    columns,
    cases: ['abort: right after the call, with a stream'],
    found: {
      'caller.1.pulled': false,
      'caller.1.cancelled': /This operation was aborted/,
      'after.closed': false,
    },
    why: 'nothing is read or connected for a call that is over already; its stream is told',
  },
  {
    columns,
    cases: ['abort: before the call, with a stream'],
    found: { 'caller.2': true },
    why: 'the stream was taken by the call, which then cancelled it',
  },
  {
    columns,
    cases: ['abort: of an async iterable'],
    found: { 'caller.1': 'ended' },
    why: CANCELS,
  },
]
