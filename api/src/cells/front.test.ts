import { expect, test } from 'vitest'
import type { Place } from './directory.ts'
import { createFront, type Fetch } from './front.ts'

const answering =
  (cell: string): Fetch =>
  (_, env) =>
    new Response('refusal' in env ? `${cell} refuses: ${env.refusal}` : cell)

const places: Record<string, Place> = {
  bea: { cell: 'b', moving: false },
  mia: { cell: 'home', moving: true },
  zoe: { cell: 'gone', moving: false },
  back: { cell: 'home', moving: false },
}
const ask = async (person: string | undefined, path = '/api/ai/generations', isLoaded = true) => {
  const front = createFront({
    home: answering('home'),
    others: new Map([['b', answering('b')]]),
    directory: { placeOf: (name) => places[name], isLoaded: () => isLoaded },
  })
  const token = `e30.${Buffer.from(JSON.stringify({ sub: person })).toString('base64url')}.signature`
  const headers = person === undefined ? {} : { authorization: `Bearer ${token}` }
  return (await front(new Request(`http://recto${path}`, { headers }), {})).text()
}

test('a request goes to the cell of its person, and that of anybody who was never moved to the home cell', async () => {
  expect([await ask('ann'), await ask('back'), await ask('bea')]).toEqual(['home', 'home', 'b'])
})

test('requests of a person who is moving, or lives in a cell that this API does not know, are refused', async () => {
  expect([await ask('mia'), await ask('zoe')]).toEqual([
    'home refuses: account_moving',
    'home refuses: database_unavailable',
  ])
})

test('before the directory was read, nobody is sent to a cell that may be another one’s', async () => {
  expect(await ask('ann', '/api/cards', false)).toBe('home refuses: database_unavailable')
  expect(await ask('ann', '/readyz', false)).toBe('home')
})

test('what is about no person is answered by the home cell', async () => {
  expect([await ask(undefined), await ask('bea', '/docs'), await ask('mia', '/health')]).toEqual([
    'home',
    'home',
    'home',
  ])
})
