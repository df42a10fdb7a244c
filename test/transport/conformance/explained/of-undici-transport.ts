import type { Explanation } from './explanation.ts'

const columns = ['undiciTransport']

const SENT = { 'caller.error': undefined, 'caller.response': { status: 200 }, server: [{}] }

const OWN_WORDS = 'the same error, in words that say more'
const PORTS =
  'the ports that browsers block, to protect what is no web server from web pages, are open to a service: it connects where it is told to'
const BUG = 'fetch of Node fails by a bug of its own'

/** Where `undiciTransport()` does not do what `fetch` does. */
export const OF_UNDICI_TRANSPORT: readonly Explanation[] = [
  {
    columns,
    cases: ['request header: an object with a symbol'],
    found: SENT,
    why: 'a symbol is the name of no header: it is passed over, as by Object.entries',
  },
  {
    columns,
    cases: ['request header: __proto__'],
    found: { 'server.0.headers': [{}, {}, ['__proto__', '1'], ['constructor', '2'], {}, {}, {}, {}, {}] },
    why: 'a name like any other; fetch of Node loses it',
  },
  {
    columns,
    cases: ['request header: a symbol for a value', 'request body: a symbol'],
    found: { 'caller.error.message': 'Cannot convert a Symbol value to a string' },
    why: OWN_WORDS,
  },
  {
    columns,
    cases: ['Content-Length', 'content-length'].map((name) => `request header: ${name} that is too small`),
    found: { caller: { error: { cause: { code: 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH' } } } },
    why: 'fetch of Node waits for ever',
  },
  {
    columns,
    cases: ['request body: a SharedArrayBuffer'],
    found: {
      'server.0.headers': [{}, {}, {}, {}, {}, {}, {}, ['content-length', '4']],
      'server.0.body': '\0\0\0\0',
    },
    why: 'its bytes are sent; fetch of Node sends the text [object SharedArrayBuffer]',
  },
  {
    columns,
    cases: ['request body: a stream that fails with a text'],
    found: {
      'caller.error.cause.name': undefined,
      'caller.error.cause.class': undefined,
      'caller.error.cause.message': undefined,
      'caller.error.cause.thrown': 'my own',
      'caller.error.cause.type': 'string',
    },
    why: 'the cause is what the stream failed with, and not something made of it',
  },
  {
    columns,
    cases: ['request body: a stream that fails with nothing'],
    found: {
      'caller.error.cause.name': 'Error',
      'caller.error.cause.class': 'Error',
      'caller.error.cause.message': 'The body of the request failed',
    },
    why: BUG,
  },
  {
    columns,
    cases: ['request body: a stream with keepalive'],
    found: SENT,
    why: 'keepalive is about the end of web pages, and means nothing here',
  },
  {
    columns,
    cases: ['response: 407 Proxy'],
    found: { 'caller.error': undefined, 'caller.response': { status: 407, text: 'body' } },
    why: 'an answer like any other: there is no user to ask for a password of the proxy',
  },
  {
    columns,
    cases: ['response: 421 Other'],
    found: { server: [{ line: 'GET /x HTTP/1.1' }] },
    why: 'a transport sends once; to send again is for the balancer to decide, and to count',
  },
  {
    columns,
    cases: ['response: white space around a header'],
    found: { 'caller.response.headers.1.1': '1' },
    why: 'white space around a value does not belong to it (RFC 9110, 5.5)',
  },
  {
    columns,
    cases: ['response: 101 without Upgrade'],
    found: {
      'caller.error.cause.name': 'Error',
      'caller.error.cause.class': 'Error',
      'caller.error.cause.message': 'Another protocol was not asked for',
      'caller.error.cause.code': undefined,
    },
    why: BUG,
  },
  {
    columns,
    cases: [301, 302, 307, 308].map((status) => `redirect: ${status} of POST of a stream`),
    found: { 'caller.error.cause.message': 'a body that is a stream cannot be sent again' },
    why: OWN_WORDS,
  },
  {
    columns,
    cases: ['redirect: to a space around it'],
    found: {
      'caller.error': undefined,
      'caller.response': { status: 200 },
      server: [{}, { line: 'GET /to HTTP/1.1' }],
    },
    why: BUG,
  },
  {
    columns,
    cases: ['redirect: to a blocked port'],
    found: {
      'caller.error.cause.message': 'connect ECONNREFUSED 127.0.0.1:6000',
      'caller.error.cause.code': 'ECONNREFUSED',
    },
    why: PORTS,
  },
  {
    columns,
    cases: [1, 6000, 6667, 10080].map((port) => `error: port ${port}`),
    found: {
      'caller.error.cause.message': /^connect ECONNREFUSED/,
      'caller.error.cause.code': 'ECONNREFUSED',
    },
    why: PORTS,
  },
  {
    columns,
    cases: ['redirect: a body behind it that does not come is not waited for'],
    found: { after: true },
    why: 'its connection is closed; fetch of Node leaves it open, and unused',
  },
  {
    columns,
    cases: ['redirect: to another origin, mode no-cors'],
    found: {
      'caller.response.status': 200,
      'caller.response.statusText': 'OK',
      'caller.response.ok': true,
      'caller.response.type': 'cors',
      'caller.response.body': '[object ReadableStream]',
      'caller.response.text': 'hello',
    },
    why: 'there is no web page from which an answer of another origin would have to be hidden',
  },
  {
    columns,
    cases: ['option: integrity of 204', 'option: integrity of HEAD'],
    found: { 'caller.error.cause.message': 'There is no body whose integrity could be checked' },
    why: OWN_WORDS,
  },
  {
    columns,
    cases: ['option: referrer: "http://referrer.test/a?b#c"'],
    found: { 'server.0.headers': [{}, {}, {}, {}, ['sec-fetch-mode', 'cors'], {}, {}] },
    why: 'a referrer is the web page that a request is made from; to send one, say so in a header',
  },
  {
    columns,
    cases: ['reading: what it is'],
    found: { 'caller.4': false },
    why: 'its prototype is one of our own, on top of that of Response',
  },
  {
    columns,
    cases: ['reading: methods on another object'],
    found: {
      'caller.0': '',
      'caller.2.error.message': 'Receiver must be an instance of class LeanResponse',
      'caller.2.error.code': undefined,
    },
    why: "methods that are taken from Response.prototype, and not from the response, find none of it: they are the platform's own",
  },
  {
    columns,
    cases: ['abort: with null, in the body'],
    found: Object.fromEntries(
      [0, 2].flatMap((at) => [
        [`caller.${at}.same`, true],
        [`caller.${at}.error.name`, undefined],
        [`caller.${at}.error.class`, undefined],
        [`caller.${at}.error.message`, undefined],
        [`caller.${at}.error.code`, undefined],
        [`caller.${at}.error.thrown`, 'null'],
        [`caller.${at}.error.type`, 'object'],
      ]),
    ),
    why: 'the reason is the one that was given, whatever it is (DOM standard, abort reason)',
  },
  {
    columns,
    cases: ['abort: of an upload that was answered'],
    found: { 'caller.1.cancelled': 'DOMException: This operation was aborted' },
    why: 'the stream is told that nobody wants its rest; fetch of Node lets it run on',
  },
  {
    columns,
    cases: ['thrown away: a body that was read from', 'thrown away: a reader'],
    found: { 'caller.closed': true },
    why: 'the connection is closed as well where the garbage is a stream; fetch of Node only looks after whole responses',
  },
]
