import { InvalidArgumentError } from 'commander'

/** What is allowed is for the simulator to say. */
export function numberOf(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || Number.isNaN(value)) throw new InvalidArgumentError('It is not a number.')
  return value
}

export function numbersOf(text: string): number[] {
  return listOf(text).map(numberOf)
}

export function listOf(text: string): string[] {
  return text.split(',').map((part) => part.trim())
}
