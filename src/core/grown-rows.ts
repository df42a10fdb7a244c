/**
 * The same numbers, with room for the row that begins at `row` and half as many again: to fill them costs O(n) in all,
 * and at most a third is unused.
 */
export function grownRows(
  rows: Float64Array,
  row: number,
  width: number,
  fill: number,
): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.ceil(1.5 * (row / width + 1)) * width).fill(fill)
  larger.set(rows)
  return larger
}
