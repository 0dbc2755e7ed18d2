import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Home, LocalInfo } from './home.ts'
import { sampleText } from './sample.ts'

/** The message of a finished start: URLs, files and a request to copy. Writes the body of that request to a file. */
export const startupMessage = (home: Home, info: LocalInfo, providers: string, token: string | undefined): string => {
  const short = (path: string) => {
    const from = relative(process.cwd(), path)
    return from.startsWith('..') ? path : from
  }
  const lines = [
    '',
    'Recto is up.',
    `  API       ${info.api_url ? `${info.api_url} (reference at ${info.api_url}/docs)` : 'left out'}`,
    `  Console   ${info.api_url ? `${info.api_url}/` : 'left out'}`,
    `  Worker    ${info.worker_url ? `${info.worker_url}/health` : 'left out'}`,
    `  Supabase  ${info.supabase_url} (publishable key ${info.publishable_key})`,
    `  Model     ${providers}`,
    `  Files     ${short(home.dir)}: local.json (every URL), logs/${info.data_dir ? `; data in ${short(info.data_dir)}` : ''}`,
  ]
  if (info.api_url && token) {
    const body = join(home.dir, 'sample.json')
    writeFileSync(body, JSON.stringify({ source_text: sampleText }))
    lines.push(
      '',
      'Submit a text yourself (this token is good for a day):',
      `curl -i ${info.api_url}/api/ai/generations -H 'Content-Type: application/json' -d '@${body}' -H 'Authorization: Bearer ${token}'`,
      '',
      `In another terminal: npm run -s generate -- FILE${info.data_dir ? '    npm run -s token -- --user NAME' : ''}`,
    )
  }
  lines.push('', 'Ctrl-C stops everything and keeps the data.')
  return lines.join('\n')
}
