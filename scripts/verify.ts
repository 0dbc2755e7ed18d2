// Runs the checks that CI runs first, in parallel. Prints the result of each one, and the output of those that failed.
import { spawn } from 'node:child_process'
import { dirname } from 'node:path'
import { text } from 'node:stream/consumers'

const root = dirname(import.meta.dirname)

const checks = [
  { name: 'format, lint and import boundaries', command: ['biome', 'ci', '--colors=off', '.'] },
  { name: 'types', command: ['tsc', '-p', '.'] },
  { name: 'types of the console', command: ['tsc', '-p', 'web'] },
  { name: 'unused files, exports and dependencies', command: ['knip'] },
  { name: 'generated types in step', command: ['node', 'scripts/generate-types.ts', '--check'] },
]

type Result = { name: string; passed: boolean; output: string }

const run = async ({ name, command: [program = '', ...args] }: (typeof checks)[number]): Promise<Result> => {
  const child = spawn(program, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  })
  const exited = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  const [code, stdout, stderr] = await Promise.all([exited, text(child.stdout), text(child.stderr)])
  return { name, passed: code === 0, output: `${stdout}${stderr}`.trim() }
}

const results = await Promise.all(checks.map(run))
for (const { name, passed, output } of results) {
  console.log(`${passed ? 'ok    ' : 'FAILED'}  ${name}`)
  if (!passed) console.log(output.replaceAll(/^/gm, '        '))
}
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1
