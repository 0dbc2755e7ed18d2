import { expect, test } from 'vitest'
import { readTextFile } from './read-file.ts'

test.each([
  ['UTF-8', new Blob(['Zażółć 😀']), { text: 'Zażółć 😀' }],
  ['a byte order mark', new Blob(['\uFEFFText']), { text: 'Text' }],
  ['Latin-2', new Blob([Uint8Array.of(0x5a, 0xb1)]), { problem: 'file_binary' }],
  ['U+0000', new Blob(['PK\u0000\u0003']), { problem: 'file_binary' }],
  ['more than a megabyte', new Blob(['a'.repeat(1_000_001)]), { problem: 'file_large' }],
])('a file with %s is read as it should be', async (_, file, result) => {
  expect(await readTextFile(file)).toEqual(result)
})
