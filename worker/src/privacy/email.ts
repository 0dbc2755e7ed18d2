import { type Finder, finder } from './find.ts'

// Scripts that part words by spaces: in Japanese the address ends where the next word begins, in the middle of the line.
const letter = String.raw`\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{M}`
const name = String.raw`[${letter}\d._%+'&-]`
const label = String.raw`[${letter}\d](?:[${letter}\d-]*[${letter}\d])?`
const address = String.raw`(?<!${name})${name}+@(?:${label}\.)+(?:xn--[a-z\d]+|[${letter}]{2,})`

// Marks around an address are the text's, not the address's: '_anna@example.org_', "(-anna@…".
const ofTheText = /^[._%+'&-]*/

const addresses = finder(new RegExp(address, 'giu'))

/** E-mail addresses of any domain with a dot in it. Not `localhost`, not "anna (at) example.org". */
export const emails: Finder = (text) =>
  addresses(text).flatMap(({ start, end }) => {
    const marks = ofTheText.exec(text.slice(start, end))?.[0].length ?? 0
    return text.charAt(start + marks) === '@' ? [] : [{ start: start + marks, end }]
  })
