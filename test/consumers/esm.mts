import * as evenkeel from 'evenkeel'
import * as discovery from 'evenkeel/discovery'
import * as sim from 'evenkeel/sim'
import * as testing from 'evenkeel/testing'

export { discovery, evenkeel, sim, testing }
