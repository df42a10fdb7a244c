import * as evenkeel from 'evenkeel'
import * as testing from 'evenkeel/testing'

export { evenkeel, testing }
