import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const folder = join(import.meta.dirname, '..', 'supabase', 'migrations')
const files = readdirSync(folder).map((name) => ({ name, sql: readFileSync(join(folder, name), 'utf8') }))

const linesOf = (text: string) => text.trimEnd().split('\n').length
const creation =
  /^ *create (?:or replace )?(?:unique |constraint |materialized |temporary )*(function|procedure|table|view|type|index|schema|role|trigger|policy)\s+("[^"]+"|[\w.]+)([^;$]*?\bon\s+(?:only )?([\w.]+))?/gim

/** Every object that a file creates, by kind and name; triggers and policies by their table too, whose names repeat. */
const created = (sql: string) =>
  [...sql.matchAll(creation)].map(([, kind = '', name = '', , table = '']) =>
    ['trigger', 'policy'].includes(kind.toLowerCase()) ? `${kind} ${name} on ${table}` : `${kind} ${name}`,
  )

test('migrations create every object once', () => {
  const objects = files.flatMap(({ sql }) => created(sql))
  expect(objects).toContain('table public.ai_generations')
  expect(objects).toContain('trigger audit on public.plans')
  expect(objects).toContain('policy "people read their own suggestions" on public.ai_suggestions')
  expect(objects.filter((object, index) => objects.indexOf(object) !== index)).toEqual([])
})

test('migrations have no function of more than 60 lines', () => {
  const functions = files.flatMap(({ sql }) => [...sql.matchAll(/^create function ([\w.]+)[\s\S]*?\$\$;$/gm)])
  expect(functions.length).toBeGreaterThan(50)
  const long = functions.filter(([text]) => linesOf(text) > 60).map(([, name]) => name)
  expect(long).toEqual([])
})

test('migrations have no file of more than 250 lines', () => {
  expect(files.filter(({ sql }) => linesOf(sql) > 250).map(({ name }) => name)).toEqual([])
})
