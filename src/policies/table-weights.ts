import type { EndpointTable } from '../core/endpoint-table.js'

/** What the weights of a table come to, looked at again when they have changed. */
export class TableWeights {
  /** Are they all the same? */
  equal = true
  mean = 1
  #version = -1

  refresh(view: EndpointTable): void {
    if (this.#version === view.version) return
    this.#version = view.version
    let sum = 0
    let least = Number.POSITIVE_INFINITY
    let most = 0
    for (let i = 0; i < view.total; i++) {
      const { weight } = view.at(i)
      if (weight === 0) continue
      sum += weight
      least = Math.min(least, weight)
      most = Math.max(most, weight)
    }
    this.mean = view.weighted > 0 ? sum / view.weighted : 1
    this.equal = least >= most
  }
}
