// Unicode's stream-safe format (UAX #15) allows so many marks in a row. No language needs more.
export const marksInARow = 30

const longRun = new RegExp(`(\\p{M}{${marksInARow}})\\p{M}+`, 'gu')
// The two Arabic phrases that are one character each. Their compatibility forms are 18 and 8 characters long.
const phraseCharacters = /[\ufdfa\ufdfb]/g

/**
 * Returns a text for comparison only, in which no more than 30 combining marks follow each other and no character
 * stands for a phrase. Normalising takes quadratic time for runs of marks, and would make such phrases 18 times longer.
 */
export const cutLongRuns = (text: string): string => text.replace(longRun, '$1').replace(phraseCharacters, ' ')
