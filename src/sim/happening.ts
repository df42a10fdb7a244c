import type { Agenda, SimEvent } from './agenda.js'

class Happening implements SimEvent {
  at = 0
  order = 0
  readonly happen: () => void

  constructor(happen: () => void) {
    this.happen = happen
  }
}

/** Calls back at a time: for what happens seldom. Busy paths have events of their own that they use again. */
export function callAt(agenda: Agenda, at: number, callback: () => void): void {
  agenda.add(new Happening(callback), at)
}
