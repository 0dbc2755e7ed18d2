import { readFileSync } from 'node:fs'
import { generationErrors, problems } from '@recto/shared/errors'
import { expect, test } from 'vitest'

const page = readFileSync(new URL('../docs/api.md', import.meta.url), 'utf8')

/** The text below a heading of docs/api.md, up to the next one. */
const section = (heading: string): string => page.split(`\n### ${heading}\n`)[1]?.split(/\n##+ /)[0] ?? ''

const yesNo = (value: boolean): string => (value ? 'yes' : 'no')

test('docs/api.md lists every code of a request with its status and whether a retry may succeed, and no other', () => {
  const rows = section('Codes of requests').matchAll(/^\| (\d{3}) \| `(\w+)` \| (yes|no) \| /gm)
  const listed = [...rows].map(([, status, code, retry]) => `${code} ${status} ${retry}`)
  const known = Object.entries(problems).map(([code, { status, retryable }]) => `${code} ${status} ${yesNo(retryable)}`)
  expect(listed.toSorted()).toEqual(known.toSorted())
})

test('docs/api.md lists every code of a failed generation and whether it may succeed later, and no other', () => {
  const rows = section('Codes of failed generations').matchAll(/^\| (`.+?`) \| (yes|no) \| /gm)
  const listed = [...rows].flatMap(([, codes = '', later]) =>
    [...codes.matchAll(/`(\w+)`/g)].map(([, code]) => `${code} ${later}`),
  )
  const known = Object.entries(generationErrors).map(([code, { retryable }]) => `${code} ${yesNo(retryable)}`)
  expect(listed.toSorted()).toEqual(known.toSorted())
})
