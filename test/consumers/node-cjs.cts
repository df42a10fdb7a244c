import node = require('evenkeel/node')

export { node }
