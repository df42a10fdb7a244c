import evenkeel = require('evenkeel')
import discovery = require('evenkeel/discovery')
import sim = require('evenkeel/sim')
import testing = require('evenkeel/testing')

export { discovery, evenkeel, sim, testing }
