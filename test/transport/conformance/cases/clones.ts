import { group } from '../case.ts'
import { outcomeOf } from '../describe-error.ts'
import { describeHead, describeResponse } from '../describe-response.ts'
import { replies, repliesAndEnds } from '../scripts.ts'
import { attempts, does, large } from './readers.ts'

const nothing = replies('HTTP/1.1 204 No Content\r\nContent-Type: a/b\r\n\r\n')
const brokenOff = repliesAndEnds('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart')

export const clones = group('reading', [
  does('a clone', async (response) => {
    const copy = response.clone()
    const heads = [describeHead(response), describeHead(copy)]
    return [heads, copy === response, await copy.text(), await response.text()]
  }),
  does('a clone, read first', async (response) => {
    const copy = response.clone()
    return [await response.text(), response.bodyUsed, copy.bodyUsed, await copy.text()]
  }),
  does('a clone, read at the same time', async (response) => {
    const copy = response.clone()
    return Promise.all([response.json().catch(String), copy.text(), copy.bodyUsed])
  }),
  does('a clone that is cancelled', async (response) => {
    const copy = response.clone()
    void copy.body?.cancel()
    return [await response.text(), copy.bodyUsed]
  }),
  does('an original that is cancelled', async (response) => {
    const copy = response.clone()
    void response.body?.cancel()
    return [await copy.text(), response.bodyUsed]
  }),
  does('a clone of a clone', async (response) => {
    const copies = [response.clone(), response.clone().clone()]
    return Promise.all([response, ...copies].map(describeResponse))
  }),
  does('a clone after reading', async (response) => {
    await response.text()
    return outcomeOf(() => describeHead(response.clone()))
  }),
  does('a clone while the stream is locked', async (response) => {
    response.body?.getReader()
    return outcomeOf(() => describeHead(response.clone()))
  }),
  does('a clone after the stream was seen', async (response) => {
    const { body } = response
    const copy = response.clone()
    return [body === response.body, await copy.text(), await response.text()]
  }),
  does(
    'a clone of a large body',
    async (response) => {
      const copy = response.clone()
      return [(await response.text()).length, (await copy.arrayBuffer()).byteLength]
    },
    large,
  ),
  does(
    'a clone without a body',
    async (response) => {
      const copy = response.clone()
      return [describeHead(copy), await response.text(), await copy.text()]
    },
    nothing,
  ),
  does(
    'a clone of a body that breaks off',
    async (response) => {
      const copy = response.clone()
      return Promise.all([outcomeOf(() => response.text()), outcomeOf(() => copy.text())])
    },
    brokenOff,
  ),
  does('headers of a clone', async (response) => {
    const copy = response.clone()
    return [copy.headers === response.headers, ...(await Promise.all(attempts(copy.headers)))]
  }),
])
