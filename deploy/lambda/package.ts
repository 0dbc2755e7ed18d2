// Packages the API as an AWS Lambda function: deploy/lambda/dist/recto-api.zip, with index.handler as its handler. It
// holds one file with the API and its libraries, the console and the files of the reference page.
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import { zipSync } from 'fflate'
import { rolldown } from 'rolldown'

const here = import.meta.dirname
const root = join(here, '..', '..')
const inApi = createRequire(join(root, 'api', 'package.json'))
/** Every entry of the archive has this date, so that the same sources make the same archive. */
const mtime = new Date(2026, 0, 1)

/** The API in one file. Its names are kept, because logs name errors and the lines of their stacks. */
const bundle = async (): Promise<string> => {
  const build = await rolldown({ input: join(root, 'api', 'src', 'lambda.ts'), platform: 'node' })
  const { output } = await build.generate({ entryFileNames: 'index.mjs', codeSplitting: false })
  await build.close()
  const [{ code }] = output
  return code
}

const filesOf = (folder: string, to: string, pattern: string): [string, Uint8Array][] =>
  globSync(pattern, { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => [`${to}/${relative(folder, path).split(sep).join('/')}`, readFileSync(path)])

const swagger = dirname(inApi.resolve('swagger-ui-dist/package.json'))
const code = await bundle()
const files: Record<string, Uint8Array> = Object.fromEntries([
  ['index.mjs', Buffer.from(code)],
  ...filesOf(join(root, 'web', 'dist'), 'console', '**'),
  ...filesOf(swagger, 'node_modules/swagger-ui-dist', '{package.json,swagger-ui.css,swagger-ui-bundle.js}'),
])
const archive = zipSync(files, { level: 9, mtime })
const path = join(here, 'dist', 'recto-api.zip')
mkdirSync(dirname(path), { recursive: true })
writeFileSync(path, archive)

const megabytes = (bytes: number) => `${(bytes / 1_000_000).toFixed(1)} MB`
const unpacked = Object.values(files).reduce((sum, { length }) => sum + length, 0)
process.stdout.write(
  `${relative(root, path)}: ${megabytes(archive.length)}, unpacked ${megabytes(unpacked)} (index.mjs ${megabytes(code.length)})\n`,
)
