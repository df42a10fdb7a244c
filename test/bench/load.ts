/** Loads a module of the benchmarks, which have no types: `T` says which of its exports a test is about. */
export async function load<T>(path: string): Promise<T> {
  return (await import(/* @vite-ignore */ new URL(`../../bench/${path}`, import.meta.url).href)) as T
}
