/** A plot, still without a form: what is drawn, and what it is to be called. */
export interface Plot {
  /** Short, for file names and ids: `p99-over-time`. */
  readonly name: string
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  readonly lines: readonly Line[]
}

/** One axis of a plot. */
export interface Axis {
  /** With its unit. */
  readonly label: string
  /** `log`: where the values are far apart. Default `linear`. */
  readonly scale?: 'linear' | 'log'
  /** Percent instead of fractions. */
  readonly percent?: boolean
  /** Does it start at 0? Default true. */
  readonly fromZero?: boolean
}

/** One line: points of x and y; null is a gap. */
export interface Line {
  readonly name: string
  readonly points: readonly (readonly [number, number | null])[]
}
