import { expect, test } from 'vitest'
import { importBytes } from './file-contract.ts'
import { createImport } from './import.ts'

const counts = { created: 1, updated: 0, unchanged: 0 }
const stored = { ...counts, issues: [] }

/** Imports, each of another person, into a database whose answers wait for `ready`. */
const imports = ({ ready, memoryBytes }: { ready?: Promise<void>; memoryBytes?: number } = {}) => {
  const run = createImport(async (_actor, _scope, work) => {
    await ready
    return work({ query: async () => ({ rows: [counts], rowCount: 1 }) })
  }, memoryBytes)
  let people = 0
  return (body: ReadableStream<Uint8Array>) => {
    const caller = { userId: `person-${++people}`, claims: '', expiresAt: 0 }
    return run({ caller, requestId: 'r' }, { format: 'csv', dryRun: false, body })
  }
}

const file = (rows = 'a,b\n') => new Blob([`front,back\n${rows}`]).stream()

/** An upload that has begun, and goes on when it is told to. */
const slowUpload = (begin = 'front,back\n') => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  const send = (text: string) => writer.write(new TextEncoder().encode(text))
  const begun = send(begin)
  return { readable, begun, end: () => Promise.all([send('\na,b\n'), writer.close()]) }
}

test('an import is done while any number of other people send their files slowly', async () => {
  const run = imports()
  const uploads = Array.from({ length: 20 }, () => slowUpload())
  const slow = uploads.map(({ readable }) => run(readable))
  await Promise.all(uploads.map(({ begun }) => begun))
  expect(await run(file())).toEqual(stored)
  await Promise.all(uploads.map(({ end }) => end()))
  expect((await Promise.allSettled(slow)).map(({ status }) => status)).toContain('fulfilled')
})

test('an import is refused when the files of all imports take up the memory, and done when there is room again', async () => {
  const run = imports({ memoryBytes: 2_500 })
  const uploads = [1, 2].map(() => slowUpload(`front,back\n${'x'.repeat(190)},${'y'.repeat(400)}`))
  const slow = uploads.map(({ readable }) => run(readable))
  await Promise.all(uploads.map(({ begun }) => begun))
  await expect(run(file('a,b\n'.repeat(6)))).rejects.toMatchObject({ code: 'overloaded', countedAs: 'imports' })
  expect(await run(file())).toEqual(stored)
  await Promise.all(uploads.map(({ end }) => end()))
  expect((await Promise.all(slow)).map(({ created }) => created)).toEqual([1, 1])
  expect(await run(file('a,b\n'.repeat(6)))).toEqual(stored)
})

test('an import reads no more of a file than it may have, when nobody has told its size', async () => {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(importBytes + 1)),
  })
  await expect(imports()(body)).rejects.toMatchObject({ code: 'payload_too_large' })
})

test('an import waits for one that stores, and a third is refused', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const run = imports({ ready: promise })
  const both = [run(file()), run(file())]
  await expect
    .poll(() => run(file()).then(String, ({ code, countedAs }) => [code, countedAs]))
    .toEqual(['overloaded', 'imports'])
  resolve()
  expect(await Promise.all(both)).toEqual([stored, stored])
})
