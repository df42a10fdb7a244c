import evenkeel = require('evenkeel')
import sim = require('evenkeel/sim')
import testing = require('evenkeel/testing')

export { evenkeel, sim, testing }
