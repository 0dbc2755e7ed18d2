import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ankiField } from './anki-field.ts'
import { readHtml } from './html-text.ts'
import { anyText } from './testing/any-cards.ts'

// What Anki acts upon in the HTML of a field, by its sources: sounds and speech, LaTeX, MathJax, cloze deletions.
const acted = /\[(sound:|anki:|\/?latex\]|\/?\$\$?\])|\\[()[\]]|\{\{c\d/i

describe('ankiField', () => {
  it.each([
    ['a < b && c > d', 'a &lt; b &amp;&amp; c &gt; d'],
    ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['line\nline\ttab "quoted"', 'line<br>line\ttab "quoted"'],
    ['[sound:a.mp3]', '[<span></span>sound:a.mp3]'],
    ['[LaTeX]x[/latex]', '[<span></span>LaTeX]x[<span></span>/latex]'],
    ['[$]x[/$] [$$]', '[<span></span>$]x[<span></span>/$] [<span></span>$$]'],
    ['\\(x\\) \\[y\\]', '\\<span></span>(x\\<span></span>) \\<span></span>[y\\<span></span>]'],
    ['{{c1::x}} {{Front}}', '{<span></span>{c1::x}} {{Front}}'],
    ['[1] a[i] C:\\x {a}', '[1] a[i] C:\\x {a}'],
    ['a\u001fb\u0000c\u0085d', 'a&#31;b&#65533;c\u0085d'],
    ['שלום 😀 日本', 'שלום 😀 日本'],
  ])('writes %j as %j', (text, html) => expect(ankiField(text)).toBe(html))

  it('leaves nothing that Anki acts upon, and shows the exact text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const field = ankiField(text)
        expect(field.replaceAll(/<br>|<span><\/span>/g, '|')).not.toMatch(/[<>]/)
        expect(field).not.toContain('\u001f')
        expect(field).not.toMatch(acted)
        expect(readHtml(field)).toEqual({ text, media: null })
      }),
      { numRuns: 500 },
    )
  })
})
