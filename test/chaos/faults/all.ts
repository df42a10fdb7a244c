import type { Fault } from '../fault.ts'
import { ALL_DOWN } from './all-down.ts'
import { ANSWER_FAULTS } from './answers.ts'
import { CALLER_FAULTS } from './caller.ts'
import { CONNECTION_FAULTS } from './connections.ts'
import { LIST_FAULTS } from './lists.ts'
import { PROCESS_FAULTS } from './processes.ts'

/** Everything that goes wrong, in the order of the table. */
export const FAULTS: readonly Fault[] = [
  ...CONNECTION_FAULTS,
  ...ANSWER_FAULTS,
  ...PROCESS_FAULTS,
  ALL_DOWN,
  ...LIST_FAULTS,
  ...CALLER_FAULTS,
]
