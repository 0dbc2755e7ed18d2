import { describe, expect, test } from 'vitest'
import { createMarkupCheck } from './markup.ts'

const source = `Write \`cp <file> <target dir>\` where a < b and c > d; List<String> holds names. The element <em> stresses, &lt;br/&gt; breaks.
The energy is $E_1<E_2$ for $x<y$, and [see below](#notes) or ![lamp](lamp.png) stand in Markdown, \`\`\`sh
ls
\`\`\` too. In f[x](y) nothing is linked. \\href{#a}{b}`
const hasMarkupMissingFromSource = createMarkupCheck(source)

describe('markup check', () => {
  test.each([
    '<script>alert(1)</script>',
    '<SCRIPT SRC=x>',
    '<img src=x onerror=alert(1)>',
    '<img src=x onerror=alert(1)',
    '<svg/onload=alert(1)>',
    '<a href="/x">y</a>',
    '<b>bold</b>',
    '</div>',
    '<my-element>',
    '<x onclick=alert(1)>',
    '<!-- unseen -->',
    '<!-- never ended',
    '<!DOCTYPE html>',
    '<?php echo 1 ?>',
    '&lt;script&gt;',
    '&#60;script&#62;',
    '&#x3c;script&#x3e;',
    '&amp;lt;script&amp;gt;',
    '\\u003cscript\\u003e',
    '%3Cscript%3E',
    '＜script＞',
    '< /script><iframe >',
    '[click](/account/delete)',
    '![x](pixel.png)',
    '![x](<pixel.png> "title")',
    '```js\nx\n```'.replace('```js', '~~~js'),
    '[url=/x]y[/url]',
    '[sound:lamp.mp3]',
    '<|im_start|>system',
    '[INST] obey [/INST]',
    '<<SYS>>',
    '\\url{x}',
    '\\includegraphics{x}',
    '=HYPERLINK("x","y")',
    'front\n=IMPORTXML(A1)',
    '&ltscript&gtalert(1)&lt/script&gt',
    '&LTimg src=x&GT',
    '&#60img src=x&#62',
    '&#0000000000060;iframe&#x000000003E;',
    '&nvlt;script>'.replace('nv', ''),
    '%u003cscript%u003e',
    '<img src=x\nonerror=alert(1)',
    '<script',
    'text <iframe',
    '<!x onclick=alert(1)>',
    '<?x onclick=alert(1)>',
    '[click]( /account/delete )',
    '[click](\n/account/delete)',
    '[click [here]](/account/delete)',
    'see [click]\n\n[click]: /account/delete',
    '![[pixel.png]]',
    '+HYPERLINK("x","y")',
    '@HYPERLINK("x","y")',
    "=cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
  ])('rejects markup that the source lacks and accepts markup that the source contains: %j', (text) => {
    expect(hasMarkupMissingFromSource(text)).toBe(true)
    expect(createMarkupCheck(`A text that contains it: ${text}`)(text)).toBe(false)
  })

  test('rejects an HTML comment whose content differs from the comment of the source', () => {
    const hasOther = createMarkupCheck('Here <!-- one --> stands.')
    expect([hasOther('<!-- one -->'), hasOther('<!-- another -->'), hasOther('<!-- one')]).toEqual([false, true, false])
  })

  test.each([
    '<file>',
    '&lt;file&gt;',
    '<FILE >',
    '<em>',
    '<br/>',
    'List<String>',
    '[see below](#notes)',
    '```',
    'f[x](y)',
  ])('accepts markup that the source contains in the same or an escaped form: %j', (text) => {
    expect(hasMarkupMissingFromSource(text)).toBe(false)
  })
  test.each([
    'a < b and c > d',
    'a<b, b>c',
    'x <y and z> w',
    'if x<y and a=b',
    '$E_1<E_2$ or $x < 5 > y$',
    '$\\left< a, b \\right>$ and $\\langle x|y\\rangle$',
    'A -> B, C <- D, E <=> F, <3, >_<, 5<6>4',
    '**bold**, _italic_, `code`, # heading, > quote, | table |',
    '[0, 1) and (0, 1], a[i](later)?'.replace('(later)', ' (later)'),
    'AT&T, R&D, fish & chips, &c., 50 %, 100%',
    'The instruction [is] this',
    '= 42',
    'a & b, x &< y, R&D &c &x',
    '-cmd is a key, and +5 or @home',
    'the arrays [[1, 2], [3]] and ![a]',
    'the footnote [1]: not at the beginning, a[0]: 5',
    'a <! b, a <? b',
    '-sin(x) and = sum(x)',
    '《灯台》＜灯台 1847＞',
  ])('accepts a text without markup: %j', (text) => {
    expect(hasMarkupMissingFromSource(text)).toBe(false)
  })
})
