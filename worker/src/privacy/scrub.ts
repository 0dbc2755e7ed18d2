import { emails } from './email.ts'
import { type Find, type Finder, mask } from './find.ts'
import { foldForSearch } from './fold.ts'
import { ibans } from './iban.ts'
import { ips } from './ip.ts'
import { nationalIds } from './national-id.ts'
import { paymentCards } from './payment-card.ts'
import { phones } from './phone.ts'
import { placeholderOf, placeholdersIn, replacePlaceholders, type ScrubKind } from './placeholder.ts'
import { apiKeys, jwts } from './secret.ts'

/** A text that may leave, and the way back. */
export type Scrubbed = {
  text: string
  /** What was taken out: kind -> how many different values, as they are written. */
  counts: Partial<Record<ScrubKind, number>>
  /** The values in the places of their placeholders: `restore(text)` is the text that was scrubbed. */
  restore(text: string): string
}

// The surest first: what one has taken, the next no longer sees.
const finders: [ScrubKind, Finder[]][] = [
  ['jwt', [jwts]],
  ['api_key', apiKeys],
  ['email', [emails]],
  ['iban', ibans],
  ['card', [paymentCards]],
  ['national_id', nationalIds],
  ['ip', ips],
  ['phone', phones],
]

const findAll = (text: string): (Find & { kind: ScrubKind })[] => {
  let rest = foldForSearch(text)
  const all = finders.flatMap(([kind, ofKind]) =>
    ofKind.flatMap((find) => {
      const finds = find(rest)
      if (finds.length > 0) rest = mask(rest, finds)
      return finds.map((found) => ({ ...found, kind }))
    }),
  )
  return all.toSorted((a, b) => a.start - b.start)
}

/**
 * Takes e-mail addresses, telephone, account, card and personal numbers, IP addresses and keys out of a text. The same value
 * gets the same placeholder, and none that stands in the text already. Pure, and quick with hostile texts, too.
 */
export const scrub = (text: string): Scrubbed => {
  const taken = placeholdersIn(text)
  const placeholders = new Map<string, string>()
  const values = new Map<string, string>()
  const counts: Scrubbed['counts'] = {}
  const given = new Map<ScrubKind, number>()

  const nextOf = (kind: ScrubKind): string => {
    let number = given.get(kind) ?? 0
    do number++
    while (taken.has(placeholderOf(kind, number)))
    given.set(kind, number)
    return placeholderOf(kind, number)
  }

  let scrubbed = ''
  let at = 0
  for (const { start, end, kind } of findAll(text)) {
    const value = text.slice(start, end)
    const placeholder = placeholders.get(value) ?? nextOf(kind)
    if (!values.has(placeholder)) {
      placeholders.set(value, placeholder)
      values.set(placeholder, value)
      counts[kind] = (counts[kind] ?? 0) + 1
    }
    scrubbed += text.slice(at, start) + placeholder
    at = end
  }
  return {
    text: scrubbed + text.slice(at),
    counts,
    restore: (answer) => replacePlaceholders(answer, (placeholder) => values.get(placeholder)),
  }
}
