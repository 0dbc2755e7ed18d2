import { randomUUID } from 'node:crypto'

const cursorOf = (text: string) => Buffer.from(text).toString('base64url')

/** Days that ISO 8601 or a calendar has and Postgres may not, and the first and last ones of both. */
export const days = [
  ...['0000-01-01', '0000-02-29', '0000-12-31', '0001-01-01', '0001-12-31', '1582-10-10', '1900-02-29'],
  ...['2026-02-30', '2026-13-01', '2026-00-10', '2026-11-00', '9999-12-31', '10000-01-01', '+010000-01-01'],
  ...['-0001-01-01', '294277-01-01', '5874898-01-01', 'infinity', '-infinity', 'now', 'epoch', 'today'],
  ...['2026-11-28T00:00:00Z', '2026-W48-6', '2026-332', '٢٠٢٦-١١-٢٨', '2026-11-28 BC'],
]
const times = [
  ...['0000-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999Z', '2026-11-28T24:00:00Z'],
  ...['2026-11-28T23:59:60Z', '2026-11-28T10:00:00', '2026-11-28T10:00Z', '2026-11-28T10:00:00+99:99'],
  ...[40, 80, 95, 110].map((digits) => `2026-11-28T10:00:00.${'1'.repeat(digits)}Z`),
  ...['infinity', '2026-02-30T00:00:00Z', '2026-11-28T10:00:00.1234567Z', '0000-12-31T23:59:59.9999999Z'],
]
const numbers = [
  ...['0', '-0', '-1', '1', '01', '1.0', '1e2', '0x10', '999999', '1000000', '2147483648', '9223372036854775808'],
  ...['1'.repeat(400), 'NaN', 'Infinity', '١', '１', '1_000', ' 1', '1 ', '+1'],
]
const texts = [
  ...['', ' ', '\0', 'a\0b', '\u0001', '\ud83d', '\ufeff', '\u202e', '😀', 'é', 'x'.repeat(4000), '\\', "'", '"', '%'],
  ...["' or true --", '$1', '{}', '[]', '[object Object]', 'null', 'undefined', '__proto__', 'constructor', 'true'],
]
export const ids = [
  ...['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', randomUUID().toUpperCase()],
  ...[randomUUID().replaceAll('-', ''), `{${randomUUID()}}`, `${randomUUID()}\0`, `urn:uuid:${randomUUID()}`],
]
const cursors = [
  ...times.map((time) => cursorOf(`${time} ${randomUUID()}`)),
  ...ids.map((one) => cursorOf(`2026-11-28T10:00:00.000000Z ${one}`)),
  ...['', ' ', '2026-11-28T10:00:00Z', `a b c d ${randomUUID()}`, '\0 \0'].map(cursorOf),
]
export const hostile = [...days, ...times, ...numbers, ...texts, ...ids, ...cursors]

/** Values as they stand in a URL, and escapes that are no UTF-8. */
export const inUrl = [
  ...hostile.map((value) => encodeURIComponent(value.toWellFormed())),
  ...['%', '%0', '%zz', '%ff', '%c0%80', '%ed%a0%80', '%00', '%', '%25%30%30', 'a&limit', 'a=b=c', '#', '?', '+'],
]

/** Values as they can stand in a header. */
export const inHeader = hostile
  .filter((value) => value.trim() === value && /^[\t -~\u0080-\u00ff]*$/.test(value))
  .concat(['x, y', `${randomUUID()}, ${randomUUID()}`, '"a, b"', 'wait=1, wait=2', ';', ',', ', ,', '\t'])
