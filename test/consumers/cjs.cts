import evenkeel = require('evenkeel')
import testing = require('evenkeel/testing')

export { evenkeel, testing }
