import * as node from 'evenkeel/node'
import * as undici from 'evenkeel/undici'

export { node, undici }
