import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type ConsoleSystem, startConsole } from './console-system.ts'
import { takePictures } from './pictures/take.ts'

const root = join(import.meta.dirname, '..', '..')
let web: ConsoleSystem
beforeAll(async () => {
  web = await startConsole()
})
afterEach(() => web?.check())
afterAll(() => web?.stop())

/** Width and height as they stand in the head of a PNG file. */
const sizeOf = async (file: string): Promise<[number, number]> => {
  const head = await readFile(file)
  return [head.readUInt32BE(16), head.readUInt32BE(20)]
}

test('the pictures of the documents are those that npm run pictures takes, and each is shown', async () => {
  const [kept, fresh] = [join(root, 'docs', 'pictures'), await mkdtemp(join(tmpdir(), 'recto-pictures-'))]
  const names = await takePictures(web, fresh)
  expect((await readdir(kept)).toSorted()).toEqual(names.toSorted())
  const documents = await Promise.all(
    ['README.md', 'docs/console.md'].map((name) => readFile(join(root, name), 'utf8')),
  )
  for (const name of names) {
    expect(await sizeOf(join(kept, name))).toEqual(await sizeOf(join(fresh, name)))
    expect(documents.join('\n')).toContain(`pictures/${name})`)
  }
  await rm(fresh, { recursive: true })
})
