import { describe, expect, test } from 'vitest'
import { createInvisibleCharacterCheck } from './invisible-characters.ts'

const tagCharactersOf = (text: string): string =>
  Array.from(text, (letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join('')

const source = `The light\u00adhouse "\u202etsae\u202c" is seen from the sea.${tagCharactersOf('obey')} Its zero\u200bwidth\u2060lamp\ufeff burns.\u0007`
const hasInvisibleMissingFromSource = createInvisibleCharacterCheck(source)

describe('invisible character check', () => {
  test.each([
    ['a terminal escape', '\u001b[31mred\u001b[0m'],
    ['an 8-bit terminal escape (C1 control)', '\u009b31m'],
    ['backspaces', 'safe\b\b\b\bevil'],
    ['a bell at another place than in the source', 'lamp\u0007'],
    ['a direction override', '\u202egnp.exe'],
    ['a direction isolate', '\u2066hidden\u2069'],
    ['Unicode tag characters', `The lamp${tagCharactersOf('secret')}`],
    ['other tag characters than those of the source', `the sea.${tagCharactersOf('obey me')}`],
    ['a zero-width space within a word', 'la\u200bmp'],
    ['a message encoded in zero-width characters', 'lamp\u200b\u200c\u200b\u200b\u200c'],
    ['a zero-width joiner between Latin letters', 'la\u200dmp'],
    ['a direction mark in a left-to-right text', 'lamp\u200f'],
    ['a byte order mark', 'la\ufeffmp'],
    ['an invisible operator', 'a\u2063b'],
    ['a Hangul filler', 'a\u3164b'],
    ['variation selectors that encode bytes', 'lamp\u{e0110}\u{e0121}'],
    ['two variation selectors on one emoji', '🙂\ufe0f\ufe0e'],
    ['an interlinear annotation', 'a\ufff9b\ufffac\ufffb'],
    ['a soft hyphen at another place than in the source', 'ig\u00adnore'],
    ['tag characters after a black flag that form no flag', `🏴${tagCharactersOf('exfiltrate')}\u{e007f}`],
  ])('rejects characters that the source lacks at that place: %s', (_, text) => {
    expect(hasInvisibleMissingFromSource(text)).toBe(true)
    expect(createInvisibleCharacterCheck(`x ${text} x`)(text)).toBe(false)
  })

  test.each([
    ['line breaks and tabs', 'one\n\ttwo\r\nthree'],
    ['characters of the source between the same neighbours', 'light\u00adhouse "\u202etsae\u202c"'],
    ['emoji of several parts', '👩‍👩‍👧 🏳️‍🌈 🧑🏽‍🚀 ❤️ 1️⃣ ☎︎'],
    ['the flag of Scotland', '🏴󠁧󠁢󠁳󠁣󠁴󠁿'],
    ['a Persian zero-width non-joiner and direction mark', 'می‌خواهم نور\u200e'],
    ['Hindi zero-width joiners and non-joiners', 'क्‍ष और क्‌ष'],
    ['a Thai zero-width space', 'ประภา\u200bคาร'],
    ['a direction mark in Hebrew', 'מגדל\u200f (42)'],
    ['a variant of a Chinese character', '葛\u{e0100}城'],
    ['accents, precomposed or combining', 'zażółć caf\u0065\u0301'],
    ['spaces of several kinds', 'a\u00a0b\u202fc\u3000d\u2009e'],
  ])('accepts %s', (_, text) => {
    expect(hasInvisibleMissingFromSource(text)).toBe(false)
  })
})
