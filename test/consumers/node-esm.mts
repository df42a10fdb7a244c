import * as node from 'evenkeel/node'

export { node }
