import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const pages = globSync(['*.md', 'docs/**/*.md', '*/README.md'], { cwd: root }).map((path) => ({
  path,
  lines: readFileSync(join(root, path), 'utf8').split('\n'),
}))

/** What a heading is called in a link to it, as GitHub forms it. */
const anchorOf = (heading: string) =>
  heading
    .replace(/^#+ /, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')

const anchorsOf = (path: string) =>
  pages
    .find((page) => page.path === path)
    ?.lines.filter((line) => /^#+ /.test(line))
    .map(anchorOf)

test('documents have no line of more than 120 characters', () => {
  expect(pages.map(({ path }) => path)).toContain('docs/architecture.md')
  const long = pages.flatMap(({ path, lines }) =>
    lines.flatMap((line, index) => ([...line].length > 120 ? [`${path}:${index + 1}`] : [])),
  )
  expect(long).toEqual([])
})

test('documents link to files and headings that exist', () => {
  const links = pages.flatMap(({ path, lines }) =>
    [...lines.join('\n').matchAll(/\]\((?!\w+:)([^)\s#]*)(?:#([^)\s]+))?\)/g)].map(([, file = '', anchor]) => ({
      from: path,
      target: file === '' ? path : join(dirname(path), file),
      anchor,
    })),
  )
  expect(links.length).toBeGreaterThan(50)
  const broken = links.filter(
    ({ target, anchor }) =>
      !existsSync(join(root, target)) || (anchor !== undefined && !(anchorsOf(target)?.includes(anchor) ?? true)),
  )
  expect(broken).toEqual([])
})

test('documents name files of code that exist', () => {
  const exclude = (name: string) => ['node_modules', 'dist', '.tools', '.recto'].some((part) => name.endsWith(part))
  const files = globSync('**/*.{ts,tsx,mjs,sql,sh}', { cwd: root, exclude })
  const exists = (name: string) => files.some((file) => file === name || file.endsWith(`/${name}`))
  const named = pages
    .filter(({ path }) => path !== 'CHANGELOG.md')
    .flatMap(({ path, lines }) =>
      [...lines.join('\n').matchAll(/`(\w[\w./-]*\.(?:tsx?|mjs|sql|sh))`/g)].map(([, name = '']) => ({ path, name })),
    )
  expect(named.length).toBeGreaterThan(100)
  expect(named.filter(({ name }) => !exists(name))).toEqual([])
})

test('docs/architecture.md names each folder of API and worker, and each package', () => {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
  const folders = page.split('\n## Folders\n')[1]?.split('\n## ')[0] ?? ''
  const inside = globSync(['api/src/*/', 'worker/src/*/'], { cwd: root }).map((path) => path.split('/')[2])
  const packages = globSync('*/package.json', { cwd: root }).map((path) => dirname(path))
  const missing = [...inside, ...packages].filter((name) => !folders.includes(`\`${name}/\``))
  expect(missing).toEqual([])
})

test('the vocabulary has each word once, in alphabetical order', () => {
  const vocabulary = readFileSync(join(root, 'docs/architecture.md'), 'utf8').split('\n## Vocabulary\n')[1] ?? ''
  const words = [...vocabulary.matchAll(/^- \*\*(\w+)\*\*/gm)].map(([, word = '']) => word)
  expect(words.length).toBeGreaterThan(30)
  expect(words).toEqual([...new Set(words)].toSorted())
})
