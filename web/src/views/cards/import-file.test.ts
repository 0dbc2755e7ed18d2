import { expect, test } from 'vitest'
import { importBytes as apiBytes } from '../../../../api/src/cards/file-contract.ts'
import { importBytes } from './bounds.ts'
import { readImportFile } from './import-file.ts'

const read = async (file: File) => {
  const result = await readImportFile(file)
  return typeof result === 'string' ? result : [result.name, result.format, await result.content.text()]
}

test('the largest file is that of the API', () => {
  expect(importBytes).toBe(apiBytes)
})

test.each([
  [new File(['a,b'], 'Cards.CSV'), ['Cards.CSV', 'csv', 'a,b']],
  [new File(['a,b'], 'cards', { type: 'text/csv' }), ['cards', 'csv', 'a,b']],
  [new File(['ż\tb'], 'cards.txt', { type: 'text/plain' }), ['cards.txt', 'anki', 'ż\tb']],
  [new File(['PK'], 'Deck.apkg'), 'file_package'],
  [new File(['PK'], 'all.colpkg'), 'file_package'],
  [Object.defineProperty(new File([], 'big.csv'), 'size', { value: importBytes + 1 }), 'file_large'],
  [
    Object.assign(new File(['a'], 'gone.csv'), { arrayBuffer: () => Promise.reject(new DOMException('gone')) }),
    'file_unread',
  ],
])('a file is read as it should be (case %#)', async (file, result) => {
  expect(await read(file)).toEqual(result)
})
