import { expect, test } from 'vitest'
import { personOf } from './people.ts'

test('personOf answers the same person for the same name, and another for another name', () => {
  expect(personOf('ada')).toEqual(personOf(' ada '))
  expect(personOf('ada').id).not.toBe(personOf('bob').id)
  expect(personOf('ada').id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('personOf keeps a uuid as the id, in lower case', () => {
  expect(personOf('5F0C8F5E-57C5-4C5F-8D1B-0123456789AB').id).toBe('5f0c8f5e-57c5-4c5f-8d1b-0123456789ab')
})

test('personOf gives different e-mail addresses to names with letters outside of ASCII', () => {
  const [first, second] = [personOf('żółw'), personOf('łódź')]
  expect(first.email).not.toBe(second.email)
  expect(first.email).toMatch(/^[a-z0-9._-]+@recto\.test$/)
  expect(personOf('Ada@Example.com').email).toBe('ada@example.com')
})

test('personOf rejects a blank name', () => {
  expect(() => personOf('  ')).toThrow(/name or a uuid/)
})
