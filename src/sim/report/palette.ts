/**
 * Colours that people with any kind of colour vision tell apart, on white and on black.
 *
 * Source: Okabe and Ito, "Color Universal Design" (2008), without its black and its yellow.
 */
const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#d55e00', '#56b4e9']
/** When the colours begin again, and for print. */
const DASHES = ['solid', 'dashed', 'dotted'] as const

/** What a line looks like. */
export interface LineLook {
  readonly color: string
  readonly type: 'solid' | 'dashed' | 'dotted'
  readonly width: number
}

/** The oracle is no contestant, and has a colour of its own. */
const ORACLE: LineLook = { color: '#8a8a8a', type: 'dashed', width: 2 }

export function lookOf(variant: string, index: number): LineLook {
  if (variant === 'oracle') return ORACLE
  return {
    color: COLOURS[index % COLOURS.length]!,
    type: DASHES[Math.floor(index / COLOURS.length) % DASHES.length]!,
    width: 2,
  }
}
