import { parseEnv } from '@recto/shared/env'
import { expect, test } from 'vitest'
import { addressesOf, furtherCells } from './addresses.ts'

const url = 'postgres://recto_api:secret@db.example/postgres'
const parse = (RECTO_CELLS: string | undefined) => parseEnv({ RECTO_CELLS: furtherCells }, { RECTO_CELLS })

test('without the variable there is the home cell alone', () => {
  expect(addressesOf({ API_DATABASE_URL: url, ...parse(undefined) }).map(({ cell }) => cell)).toEqual(['home'])
})

test('each further cell has a name and its addresses', () => {
  const cells = parse(JSON.stringify({ b: { database_url: `${url}b`, listen_database_url: `${url}bl` } }))
  const [, b] = addressesOf({ API_DATABASE_URL: url, ...cells })
  expect(b).toMatchObject({ cell: 'b', url: `${url}b`, listenUrl: `${url}bl` })
})

test('a value that is no map of cells is refused without being repeated', () => {
  for (const value of ['secret', '[]', '{"home":{"database_url":"secret"}}', '{"b":"secret"}', '{"B":{}}']) {
    expect(() => parse(value), value).toThrow('RECTO_CELLS')
    expect(() => parse(value), value).not.toThrow('secret')
  }
})
