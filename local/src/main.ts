import { readArgs } from './command-line.ts'
import { PARENT_CHECK_MS } from './deadlines.ts'
import { formatCards } from './format-cards.ts'
import { homeDir, openHome } from './home.ts'
import { launch, type RunningSystem } from './launch.ts'
import { tryLock } from './lock.ts'
import { type Child, logTail } from './processes.ts'
import { runSample } from './sample.ts'
import { startupMessage } from './startup-message.ts'

const usage = `Usage: npm start -- [--no-sample] [--no-api] [--no-worker]
Starts the whole system on this machine and stays up until Ctrl-C. With SUPABASE_URL and DATABASE_URL set it uses those
instead of a Postgres and PostgREST of its own. RECTO_HOME (default .recto) holds data, logs and local.json.`

const off = { type: 'boolean', default: false } as const
const { values: flags } = readArgs(usage, { options: { 'no-sample': off, 'no-api': off, 'no-worker': off } })

const say = (line: string) => process.stdout.write(`${line}\n`)
// Writing to a closed terminal is an error, which must not keep the system from stopping.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

const home = openHome(homeDir(process.env))
const lock = tryLock(home.lock)
if ('heldBy' in lock) {
  process.stderr.write(
    `Recto runs already in ${home.dir} (process ${lock.heldBy}): stop that one, or set RECTO_HOME.\n`,
  )
  process.exit(1)
}

const ending = new AbortController()
let system: RunningSystem | undefined
let exitCode = 0

// One Ctrl-C arrives several times: from the terminal, from npm and from scripts/run.mjs. Only the first one counts.
const end = (why: string | undefined, code: number) => {
  if (ending.signal.aborted) return
  exitCode = code
  if (why !== undefined) process.stderr.write(`${why}\n`)
  ending.abort(new Error('stopped'))
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end('\nstopping …', 0))
const onUnexpectedExit = ({ name, logFile }: Child) =>
  end(`the process ${name} ended unexpectedly, so everything stops. The end of ${logFile}:\n${logTail(logFile)}`, 1)

// An npm that is killed with SIGKILL passes no signal on, so a change of the parent process stops the system too.
const parent = process.ppid
const endWithParent = () => process.ppid !== parent && end('the command that started Recto is gone: stopping …', 1)
if (process.env.npm_lifecycle_event) setInterval(endWithParent, PARENT_CHECK_MS).unref()

try {
  const { signal } = ending
  const started = Date.now()
  system = await launch({
    home,
    env: process.env,
    api: !flags['no-api'],
    worker: !flags['no-worker'],
    say,
    onUnexpectedExit,
    signal,
  })
  const { project, info, providers } = system
  const sampling = !flags['no-sample'] && info.api_url !== null && info.worker_url !== null
  if (sampling && project.tokenFor) {
    say('Taking a sample text through the API …')
    const sample = runSample(info.api_url ?? '', await project.tokenFor('sample', 900), providers.name)
    const outcome = await Promise.race([
      sample,
      new Promise<never>((_, reject) => signal.addEventListener('abort', reject)),
    ])
    const kept = Date.parse(outcome.generation.created_at) < started
    say(`${kept ? 'Kept from an earlier start: ' : ''}${formatCards(outcome)}`)
    if (outcome.generation.status !== 'succeeded')
      process.stderr.write(`the sample gave no cards: see api.log and worker.log in ${home.logs}\n`)
  } else if (sampling) {
    say('No sample: this Supabase issues its own tokens. Set RECTO_TOKEN to one of them to see cards made.')
  }
  say(startupMessage(home, info, providers.description, await project.tokenFor?.('you', 86_400)))
  say(`(up in ${((Date.now() - started) / 1000).toFixed(1)} s)`)
  // Node exits when nothing is pending, so this timer keeps the process alive.
  const open = setInterval(() => undefined, 60_000)
  await new Promise((resolve) => (signal.aborted ? resolve(undefined) : signal.addEventListener('abort', resolve)))
  clearInterval(open)
} catch (error) {
  if (!ending.signal.aborted) end(error instanceof Error ? error.message : String(error), 1)
}
await system?.stop()
lock.release()
process.exit(exitCode)
