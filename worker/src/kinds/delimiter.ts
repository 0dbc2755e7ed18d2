import type { ChatRequest } from '../llm/request.ts'
import { contentsOf } from './contents-of.ts'

/**
 * A word that does not occur in the text (in any case), to delimit it with. `random` gives numbers from 0 to below 1;
 * the same numbers give the same word.
 */
export const delimiterFor = (text: string, random: () => number): string => {
  const taken = text.toLowerCase()
  const word = `text-${Math.floor(random() * 2 ** 48)
    .toString(16)
    .padStart(12, '0')}`
  let delimiter = word
  for (let n = 1; taken.includes(delimiter); n++) delimiter = `${word}-${n}`
  return delimiter
}

/** The delimiter around the text of a request; null when it has none. */
export const delimiterOf = (request: ChatRequest): string | null =>
  /^<(\S+)>\n/.exec(contentsOf(request, 'user'))?.[1] ?? null
