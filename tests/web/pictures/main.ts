// `npm run pictures`: takes the pictures of docs/pictures anew.
import { join } from 'node:path'
import { startConsole } from '../console-system.ts'
import { takePictures } from './take.ts'

const folder = join(import.meta.dirname, '..', '..', '..', 'docs', 'pictures')
const web = await startConsole()
try {
  for (const name of await takePictures(web, folder)) process.stdout.write(`docs/pictures/${name}\n`)
  await web.check()
} finally {
  await web.stop()
}
