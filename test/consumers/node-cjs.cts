import node = require('evenkeel/node')
import undici = require('evenkeel/undici')

export { node, undici }
