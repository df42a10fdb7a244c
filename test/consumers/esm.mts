import * as evenkeel from 'evenkeel'
import * as sim from 'evenkeel/sim'
import * as testing from 'evenkeel/testing'

export { evenkeel, sim, testing }
