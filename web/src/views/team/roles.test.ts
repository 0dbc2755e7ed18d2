import { describe, expect, test } from 'vitest'
import {
  endsInvitations,
  inOrder,
  isLastOwner,
  isPersonId,
  mayRemove,
  nameProblem,
  offeredRoles,
  type Role,
} from './roles.ts'

const person = (user_id: string, role: Role, day = 1) => ({ user_id, role, created_at: `2026-11-0${day}T00:00:00Z` })

test.each<[Role, Role[]]>([
  ['owner', ['owner', 'admin', 'member']],
  ['admin', ['member']],
  ['member', []],
])('who is %s invites to, and removes, %j', (own, others) => {
  expect(offeredRoles(own)).toEqual(others)
  expect((['owner', 'admin', 'member'] as const).filter((other) => mayRemove(own, other))).toEqual(others)
})

describe('isLastOwner', () => {
  test.each([
    ['the only member', [person('a', 'owner')], true],
    ['the only owner', [person('a', 'owner'), person('b', 'admin')], true],
    ['one of two owners', [person('a', 'owner'), person('b', 'owner')], false],
    ['an admin', [person('a', 'admin'), person('b', 'owner')], false],
  ])('of %s', (_, members, expected) => expect(isLastOwner(members, 'a')).toBe(expected))
})

test.each<[Role, Role | null, boolean]>([
  ['owner', 'admin', true],
  ['owner', null, true],
  ['owner', 'owner', false],
  ['admin', 'owner', false],
  ['admin', 'admin', false],
  ['admin', 'member', true],
  ['admin', null, true],
  ['member', null, false],
  ['member', 'admin', false],
])('from %s to %s ends the open invitations: %s', (before, after, expected) => {
  expect(endsInvitations(before, after)).toBe(expected)
})

test('members stand by their role, and then in the order in which they came', () => {
  const people = [person('a', 'member', 2), person('b', 'owner', 3), person('c', 'member', 1), person('d', 'admin', 1)]
  expect(inOrder(people).map(({ user_id }) => user_id)).toEqual(['b', 'd', 'c', 'a'])
})

test.each([
  ['00000000-0000-4000-8000-00000000ABCD', true],
  [' 00000000-0000-4000-8000-00000000abcd\n', true],
  ['00000000-0000-4000-8000-00000000abc', false],
  ['00000000000040008000000000000000', false],
  ['ana@example.org', false],
  ['', false],
])('%j is the id of a person: %s', (text, expected) => expect(isPersonId(text)).toBe(expected))

test.each([
  ['', 'nameEmpty'],
  [' \n', 'nameEmpty'],
  ['4b', null],
  ['😀'.repeat(100), null],
  [` ${'a'.repeat(100)} `, null],
  ['a'.repeat(101), 'nameLong'],
])('the name of a team is checked as the database does it (case %#)', (name, problem) => {
  expect(nameProblem(name)).toBe(problem)
})
