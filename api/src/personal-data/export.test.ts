import { expect, it } from 'vitest'
import type { ReadAs } from '../db/read-as.ts'
import { exportStream } from './export.ts'

const caller = { userId: 'ann', claims: '{}', expiresAt: 0 }
const text = async (stream: ReadableStream<Uint8Array>) => new Response(stream).text()

/** A ReadAs that answers each statement, by its name, with page after page. It throws an Error among the pages. */
const scriptedReads = (pages: Record<string, (object[] | Error)[]>) => {
  const read: string[] = []
  const readAs = (async (_caller, _scope, { name }) => {
    read.push(name)
    const page = pages[name]?.shift() ?? []
    if (page instanceof Error) throw page
    return page
  }) as ReadAs
  return { read, readAs }
}
const generation = (n: number) => ({ id: `g${n}`, created_at: `t${n}` })
const fullPage = (from: number) => Array.from({ length: 25 }, (_, n) => generation(from + n))

it('exportStream writes suggestions behind their generation, and ends with the number of lines', async () => {
  const { readAs } = scriptedReads({
    export_setting: [[{ account_id: 'ann', data_residency: 'eu', scrub: false, text_days: null }]],
    export_generations: [[generation(1), generation(2)]],
    export_suggestions: [[{ generation_id: 'g1' }, { generation_id: 'g2' }, { generation_id: 'g1' }]],
  })
  const lines = (await text(await exportStream({ readAs, readHomeAs: readAs }, caller, () => undefined))).split('\n')
  expect(lines.map((line) => line && JSON.parse(line).type)).toEqual([
    'setting',
    'generation',
    'suggestion',
    'suggestion',
    'generation',
    'suggestion',
    'end',
    '',
  ])
  expect(JSON.parse(lines[6] ?? '')).toEqual({ type: 'end', data: { lines: 6 } })
})

it('exportStream reads at most one page ahead, and nothing after its consumer cancelled', async () => {
  const { read, readAs } = scriptedReads({
    export_generations: [fullPage(0), fullPage(25), fullPage(50), fullPage(75)],
  })
  const reader = (await exportStream({ readAs, readHomeAs: readAs }, caller, () => undefined)).getReader()
  await reader.read()
  await reader.cancel()
  expect(read.filter((name) => name === 'export_generations').length).toBeLessThanOrEqual(3)
})

it('exportStream rejects when the first read fails, and breaks the stream when a later one does', async () => {
  const gone = new Error('connection terminated')
  const down = scriptedReads({ export_audit: [gone] })
  await expect(exportStream({ readAs: down.readAs, readHomeAs: down.readAs }, caller, () => undefined)).rejects.toBe(
    gone,
  )

  const errors: unknown[] = []
  const { readAs } = scriptedReads({ export_generations: [fullPage(0), gone] })
  const stream = await exportStream({ readAs, readHomeAs: readAs }, caller, (error) => errors.push(error))
  await expect(text(stream)).rejects.toThrow('connection terminated')
  expect(errors).toEqual([gone])
})
