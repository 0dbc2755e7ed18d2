import { describe, expect, test } from 'vitest'
import { a, aaaa, cname, type NameAnswer, nameServer } from '../testing/name-server.ts'
import { createLookup } from './lookup.ts'

const ipv6 = '2606:4700:0000:0000:0000:0000:0000:1111'

/** Looks a name up at a server that answers questions for IPv4 (1) and IPv6 (28) like this. */
const lookUp = async (answers: Record<number, NameAnswer>) => {
  await using names = await nameServer((_, type) => answers[type] ?? [])
  const lookup = createLookup({ servers: [names.server] })
  const { signal } = new AbortController()
  return await lookup('hooks.example.com', { isListed: false, signal }).catch(({ code }) => code)
}

describe('createLookup with a name of a person', () => {
  test.each<[string, Record<number, NameAnswer>, string[]]>([
    [
      'the addresses of both families',
      { 1: [a('1.1.1.1'), a('8.8.8.8')], 28: [aaaa(ipv6)] },
      ['1.1.1.1', '8.8.8.8', '2606:4700::1111'],
    ],
    ['private addresses, for the judgement', { 1: [a('127.0.0.1')] }, ['127.0.0.1']],
    ['IPv4 alone when the server fails for IPv6', { 1: [a('1.1.1.1')], 28: 2 }, ['1.1.1.1']],
    ['IPv6 alone when there is no IPv4', { 28: [aaaa(ipv6)] }, ['2606:4700::1111']],
    [
      'the addresses of the name to which it leads',
      { 1: [cname('inner.example'), { ...a('10.0.0.1'), of: 'inner.example' }] },
      ['10.0.0.1'],
    ],
    ['nothing when the name leads to itself', { 1: [cname('hooks.example.com')] }, []],
  ])('finds %s', async (_, answers, found) => expect(await lookUp(answers)).toEqual(found))

  test.each<[string, Record<number, NameAnswer>, string]>([
    ['has no address', {}, 'ENODATA'],
    ['does not exist', { 1: 3, 28: 3 }, 'ENOTFOUND'],
  ])('fails when the name %s', async (_, answers, code) => expect(await lookUp(answers)).toBe(code))

  test('uses neither search domains nor the hosts file', async () => {
    await using names = await nameServer(() => 3)
    const lookup = createLookup({ servers: [names.server] })
    const { signal } = new AbortController()
    await expect(lookup('receiver', { isListed: false, signal })).rejects.toMatchObject({ code: 'ENOTFOUND' })
    await expect(lookup('localhost', { isListed: false, signal })).rejects.toMatchObject({ code: 'ENOTFOUND' })
    expect(new Set(names.asked.filter((question) => !question.startsWith('localhost')))).toEqual(
      new Set(['receiver 1', 'receiver 28']),
    )
  })

  test('ends at once when the signal is aborted while the server is silent', async () => {
    await using names = await nameServer(() => 'silence')
    const lookup = createLookup({ servers: [names.server] })
    const stop = new AbortController()
    const found = lookup('hooks.example.com', { isListed: false, signal: stop.signal })
    await expect.poll(() => names.asked.length).toBeGreaterThan(0)
    stop.abort()
    await expect(found).rejects.toMatchObject({ code: 'ECANCELLED' })
  })
})

test('createLookup finds a name of the allow list as the system does, and asks no name server', async () => {
  await using names = await nameServer(() => [a('8.8.8.8')])
  const lookup = createLookup({ servers: [names.server] })
  const found = await lookup('localhost', { isListed: true, signal: new AbortController().signal })
  expect(found.every((address) => ['127.0.0.1', '::1'].includes(address))).toBe(true)
  expect([found.length > 0, names.asked]).toEqual([true, []])
})
