import { execFile } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'

const run = promisify(execFile)
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recto-nightly-'))
  mkdirSync(join(folder, 'bin'))
  copyFileSync(join(import.meta.dirname, 'backup', 'nightly.sh'), join(folder, 'nightly.sh'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const program = (path: string, body: string) => {
  writeFileSync(join(folder, path), `#!/bin/sh\n${body}\n`)
  chmodSync(join(folder, path), 0o755)
}

test('nightly.sh backs up at its hour, tries again an hour after a backup failed, and is unhealthy until then', async () => {
  // 01:00 on a day. The third wait ends the script.
  program('bin/date', `echo ${20_000 * 86_400 + 3_600}`)
  program(
    'bin/sleep',
    `echo "$1 $([ -e "$TMPDIR/backup-failed" ] && echo unhealthy || echo healthy)" >> "${folder}/waits"
[ "$(wc -l < "${folder}/waits")" -lt 3 ] || kill "$PPID"`,
  )
  program('backup.sh', `[ "$(wc -l < "${folder}/waits")" != 1 ]`)
  const env = { PATH: `${join(folder, 'bin')}:${process.env.PATH}`, TMPDIR: folder, BACKUP_HOUR: '3' }
  await expect(run('sh', [join(folder, 'nightly.sh')], { env })).rejects.toMatchObject({ signal: 'SIGTERM' })
  expect(readFileSync(join(folder, 'waits'), 'utf8')).toBe('7200 healthy\n3600 unhealthy\n7200 healthy\n')
})
