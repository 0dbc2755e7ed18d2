import { expect, test } from 'vitest'
import { unseenFinder } from './invisible.ts'

const tags = (text: string): string =>
  Array.from(text, (letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join('')

const source = `The light\u00adhouse "\u202etsae\u202c" is seen from the sea.${tags('obey')} Its zero\u200bwidth\u2060lamp\ufeff burns.\u0007`
const hasForeignUnseen = unseenFinder(source)

test.each([
  ['a terminal escape', '\u001b[31mred\u001b[0m'],
  ['an escape of eight bits', '\u009b31m'],
  ['a backspace', 'safe\b\b\b\bevil'],
  ['a bell elsewhere', 'lamp\u0007'],
  ['an override of direction', '\u202egnp.exe'],
  ['an isolate', '\u2066hidden\u2069'],
  ['tags', `The lamp${tags('secret')}`],
  ['other tags than those of the source', `the sea.${tags('obey me')}`],
  ['zero width within a word', 'la\u200bmp'],
  ['a zero-width code', 'lamp\u200b\u200c\u200b\u200b\u200c'],
  ['a joiner between Latin letters', 'la\u200dmp'],
  ['a mark of direction where all runs from left to right', 'lamp\u200f'],
  ['a byte order mark', 'la\ufeffmp'],
  ['an invisible operator', 'a\u2063b'],
  ['a Hangul filler', 'a\u3164b'],
  ['variation selectors that carry bytes', 'lamp\u{e0110}\u{e0121}'],
  ['two selectors on one emoji', '🙂\ufe0f\ufe0e'],
  ['an annotation', 'a\ufff9b\ufffac\ufffb'],
  ['a soft hyphen elsewhere', 'ig\u00adnore'],
  ['tags behind a black flag that make no flag', `🏴${tags('exfiltrate')}\u{e007f}`],
])('foreign: %s', (_, text) => {
  expect(hasForeignUnseen(text)).toBe(true)
  expect(unseenFinder(`x ${text} x`)(text)).toBe(false)
})

test.each([
  ['lines and tabs', 'one\n\ttwo\r\nthree'],
  ['what the source has, where it has it', 'light\u00adhouse "\u202etsae\u202c"'],
  ['emoji of several parts', '👩‍👩‍👧 🏳️‍🌈 🧑🏽‍🚀 ❤️ 1️⃣ ☎︎'],
  ['the flag of Scotland', '🏴󠁧󠁢󠁳󠁣󠁴󠁿'],
  ['Persian', 'می‌خواهم نور\u200e'],
  ['Hindi', 'क्‍ष और क्‌ष'],
  ['Thai', 'ประภา\u200bคาร'],
  ['Hebrew with a mark of direction', 'מגדל\u200f (42)'],
  ['a variant of a Chinese character', '葛\u{e0100}城'],
  ['accents, composed or not', 'zażółć caf\u0065\u0301'],
  ['spaces of all kinds', 'a\u00a0b\u202fc\u3000d\u2009e'],
])('kept: %s', (_, text) => {
  expect(hasForeignUnseen(text)).toBe(false)
})
