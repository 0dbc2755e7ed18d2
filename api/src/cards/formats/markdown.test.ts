import { decodeHTML } from 'entities/decode'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { markdownLine } from './markdown.ts'
import { anyText } from './testing/any-cards.ts'

// CommonMark's rules, read backwards: a backslash in front of punctuation, entities, and the one element in use.
const shown = (line: string): string =>
  line.replaceAll(/\\([!-/:-@[-`{-~])|&#\d+;|<br>|<span><\/span>/g, (found, escaped: string | undefined) => {
    if (escaped !== undefined) return escaped
    if (found === '<span></span>') return ''
    return found === '<br>' ? '\n' : decodeHTML(found)
  })

describe('markdownLine', () => {
  it.each([
    ['# x', '\\# x'],
    ['1. x', '1\\. x'],
    ['12) x', '12\\) x'],
    ['- x', '\\- x'],
    ['    x ', '&#32;   x&#32;'],
    ['a\nb', 'a<br>b'],
    ['<b>*x*</b> `y` [z](u)', '\\<b\\>\\*x\\*\\</b\\> \\`y\\` \\[z\\](u)'],
    ['https://www.example.org a@b.org', 'https\\:<span></span>//www<span></span>.example.org a<span></span>\\@b.org'],
    ['Is 3.5 well-known, or not?', 'Is 3.5 well-known, or not?'],
  ])('writes %j as %j', (text, line) => expect(markdownLine(text)).toBe(line))

  it('writes one line without markup that shows the exact text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const line = markdownLine(text)
        expect(line).not.toMatch(/[\n\r\t]|^[\s>#*+=|-]|^\d+[.)]| $/)
        expect(line.replaceAll(/\\[!-/:-@[-`{-~]|&#\d+;|<br>|<span><\/span>/g, '')).not.toMatch(
          /[\\`*_{}[\]<>#+~|$^=&@:%]/,
        )
        expect(line).not.toMatch(/www\.|:\/\/|[^>]\\@/i)
        expect(shown(line)).toBe(text)
      }),
      { numRuns: 500 },
    )
  })
})
