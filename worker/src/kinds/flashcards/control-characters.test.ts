import { describe, expect, test } from 'vitest'
import { createTexMender, hasControlCharacter } from './control-characters.ts'
import { parse } from './parse.ts'

const source = String.raw`The area is $a \times b$, the density $\rho$, the share $\frac{a}{b}$, the angle \(\theta\), a gradient \nabla f,
the mean $\bar{x}$, a frequency \nu, a velocity $\boldsymbol{v}$, an inequality \neq, and \begin{array}.`

/** What a model's JSON becomes whose TeX has single backslashes. */
const received = (json: string): unknown => {
  const parsed = parse(`["${json}"]`, 'stop')
  return parsed.ok ? parsed.value[0] : parsed
}

describe('TeX with single backslashes in JSON', () => {
  const mend = createTexMender(source)
  test.each([
    String.raw`a \times b`,
    String.raw`$\rho$`,
    String.raw`\frac{a}{b} \frac12`,
    String.raw`\theta\nabla\bar{x}`,
    String.raw`\boldsymbol{v} \begin{array}`,
    String.raw`$\nu \neq 3$`,
  ])('is mended where the source has its words: %s', (written) => {
    const arrived = received(written)
    expect(arrived).not.toBe(written)
    expect(mend(String(arrived))).toBe(written)
    expect(hasControlCharacter(mend(String(arrived)))).toBe(false)
  })
  test.each([
    String.raw`a \tan b`,
    String.raw`$\rightarrow$`,
    String.raw`\forall x`,
    String.raw`\binom{a}{b}`,
    String.raw`a \notin b`,
    String.raw`$\ne 3$`,
  ])('leaves a control character where the source lacks its words: %s', (written) => {
    expect(hasControlCharacter(mend(String(received(written))))).toBe(true)
  })
  test.each([
    ['a line break before a word', 'first line\nunder it\nnabla\r\ntheta'],
    ['a space before a word', 'the imes and the rac'],
    ['correct TeX', String.raw`a \times b`],
  ])('changes nothing but the form of line breaks in %s', (_, text) => {
    expect(mend(text)).toBe(text.replaceAll('\r\n', '\n'))
    expect(hasControlCharacter(mend(text))).toBe(false)
  })
  test('is read as it was meant when its backslashes make the JSON invalid', () => {
    expect(received(String.raw`\alpha \(x\) \sum \upsilon`)).toBe(String.raw`\alpha \(x\) \sum \upsilon`)
    expect(received(String.raw`\\alpha \" \u00e9 \\\\`)).toBe('\\alpha " é \\\\')
  })
})

test('hasControlCharacter finds each control character but line breaks', () => {
  const found = Array.from({ length: 0xa1 }, (_, code) => code).filter((code) =>
    hasControlCharacter(`a${String.fromCharCode(code)}b`),
  )
  const controls = Array.from({ length: 0xa0 }, (_, code) => code).filter((code) => code < 0x20 || code >= 0x7f)
  expect(found).toEqual(controls.filter((code) => code !== 0x0a))
})
