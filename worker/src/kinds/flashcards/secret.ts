import { limits } from './limits.ts'

const runs = /[A-Za-z\d][\w-]+/g
const change = /(?<=[a-z])[A-Z\d]|(?<=[A-Z])(?:\d|[a-z](?=[a-z]))|(?<=\d)[A-Za-z]/g
const digits = /\d/g

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0

/** Long, with digits in it, and changing between digits, capitals and small letters as no word or name does. */
const isOpaque = (run: string): boolean => {
  const { length, digits: fewest, changes } = limits.secret
  return run.length >= length && count(run, digits) >= fewest && count(run, change) >= changes
}

/**
 * Prepares a source once; the function then says whether a text holds a key, a token, a hash or another opaque string that the
 * source does not: nobody learns those, and a model that has one has it from somewhere else.
 */
export const secretFinder = (sourceText: string): ((text: string) => boolean) => {
  const source = sourceText.normalize('NFKC').toLowerCase()
  return (text) => {
    const found = text.normalize('NFKC').match(runs) ?? []
    return found.some((run) => isOpaque(run) && !source.includes(run.toLowerCase()))
  }
}
