#!/usr/bin/env node
// Runs one command of the project with the project's own Node and packages, and installs both first when missing.
// `npm start` runs this file on a bare machine, so it is plain JavaScript for Node >= 18 without packages. All of its
// output goes to stderr. Before the command, --dotenv passes on .env and --console builds the page that the API serves.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const wanted = manifest.config.node
const tools = join(root, '.tools')
const windows = process.platform === 'win32'

/** Runs a step of the set-up. When the step fails, its output is printed and the whole command ends. */
const step = (title, command, args, env = process.env) => {
  process.stderr.write(`recto: ${title}\n`)
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    env,
    shell: windows,
    encoding: 'utf8',
  })
  if (status === 0) return
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}\nrecto: ${title} failed${error ? `: ${error.message}` : ''}\n`)
  process.exit(1)
}

/** Whether the process whose ticket this is still runs. */
const runs = (ticket) => {
  try {
    process.kill(Number(ticket.slice('ticket-'.length)), 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/**
 * Runs `work` alone, so that two commands that start at once do not install at the same time. A process may work while
 * it is the only one alive with a ticket. All write theirs before they look, so of two at least one sees the other's,
 * and the ticket of a killed process counts for nothing.
 */
const alone = (work) => {
  mkdirSync(tools, { recursive: true })
  const own = `ticket-${process.pid}`
  for (let announced = false; ; announced = true) {
    writeFileSync(join(tools, own), '')
    const others = readdirSync(tools).filter((name) => name.startsWith('ticket-') && name !== own)
    if (!others.some(runs)) {
      for (const name of others) rmSync(join(tools, name), { force: true })
      break
    }
    rmSync(join(tools, own), { force: true })
    if (!announced) process.stderr.write('recto: waiting for a set-up that runs already\n')
    // Of different length each time, so that two that wait do not meet again and again.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100 + Math.random() * 200)
  }
  try {
    work()
  } finally {
    rmSync(join(tools, own), { force: true })
  }
}

// A command of the project may start another one with the project's Node. If this file took it for the machine's Node,
// it would remove the project's one.
const machineNode =
  !process.execPath.startsWith(tools) && Number(process.versions.node.split('.')[0]) >= Number(wanted.split('.')[0])
const nodePackage = `node-${windows ? 'win' : process.platform}-${process.arch}`
const nodeBin = machineNode ? dirname(process.execPath) : join(tools, 'node_modules', nodePackage, 'bin')
const toolPackages = [`pnpm@${manifest.config.pnpm}`, ...(machineNode ? [] : [`${nodePackage}@${wanted}`])]
const path = [nodeBin, join(root, 'node_modules', '.bin'), join(tools, 'node_modules', '.bin'), process.env.PATH]
// Node keeps compiled code there from run to run, which halves the time that a process takes to start.
const cache = { NODE_COMPILE_CACHE: join(tools, 'compile-cache') }
// Without it each thread of Node's gets memory of its own from the C library and keeps it: 10 to 15 MB of a process more
// (docs/performance.md).
const env = { MALLOC_ARENA_MAX: '1', ...cache, ...process.env, PATH: path.join(delimiter) }

const lockfile = existsSync(join(root, 'pnpm-lock.yaml')) ? readFileSync(join(root, 'pnpm-lock.yaml')) : ''
const stampOf = (...parts) => createHash('sha256').update(parts.join('\n')).digest('hex')
const upToDate = (file, stamp) => existsSync(file) && readFileSync(file, 'utf8') === stamp
const toolStamp = stampOf(...toolPackages)
const packageStamp = stampOf(toolStamp, lockfile)
const toolFile = join(tools, 'stamp')
const packageFile = join(root, 'node_modules', '.recto-stamp')

const first = process.argv.findIndex((argument, index) => index > 1 && !argument.startsWith('--'))
const flags = process.argv.slice(2, first < 0 ? undefined : first)
const [command, ...given] = first < 0 ? [] : process.argv.slice(first)

if (!upToDate(toolFile, toolStamp) || !upToDate(packageFile, packageStamp)) {
  alone(() => {
    if (!upToDate(toolFile, toolStamp)) {
      writeFileSync(join(tools, 'package.json'), '{ "private": true }\n')
      step(`installing ${toolPackages.join(' and ')} into .tools`, 'npm', [
        'install',
        '--prefix',
        tools,
        '--no-audit',
        '--no-fund',
        '--save-exact',
        ...toolPackages,
      ])
      writeFileSync(toolFile, toolStamp)
    }
    if (!upToDate(packageFile, packageStamp)) {
      step('installing packages', 'pnpm', ['install', '--frozen-lockfile', '--config.confirmModulesPurge=false'], env)
      writeFileSync(packageFile, packageStamp)
    }
  })
}

/** The files that the console is built of. Tests are not among them. */
const consoleSources = () =>
  [
    'web/index.html',
    'web/vite.config.ts',
    'web/public',
    'web/src',
    'client/src',
    'shared/src/text.ts',
    'docs/operations.md',
  ]
    .flatMap((name) => {
      const path = join(root, name)
      return statSync(path).isFile() ? [path] : readdirSync(path, { recursive: true }).map((file) => join(path, file))
    })
    .filter((path) => !/\.test\.tsx?$/.test(path) && statSync(path).isFile())
    .sort()

/** Builds the console into web/dist when its sources have changed. A reader of web/dist never sees half of it. */
const buildConsole = () => {
  const dist = join(root, 'web', 'dist')
  const stampFile = join(dist, '.stamp')
  const stamp = stampOf(packageStamp, ...consoleSources().map((path) => `${path}\n${readFileSync(path, 'utf8')}`))
  if (upToDate(stampFile, stamp)) return
  alone(() => {
    if (upToDate(stampFile, stamp)) return
    const fresh = join(tools, 'console')
    const vite = join(root, 'web', 'node_modules', 'vite', 'bin', 'vite.js')
    const build = [vite, 'build', 'web', '--configLoader', 'native', '--outDir', fresh, '--emptyOutDir']
    // A test that starts a build has another NODE_ENV, which would make it a build for development.
    step('building the console', join(nodeBin, windows ? 'node.exe' : 'node'), build, {
      ...env,
      NODE_ENV: 'production',
    })
    writeFileSync(join(fresh, '.stamp'), stamp)
    rmSync(dist, { recursive: true, force: true })
    renameSync(fresh, dist)
  })
}
if (flags.includes('--console')) buildConsole()

// package.json does not name --env-file, because Node 20 reads it even after a script's name and fails without a .env.
const args = flags.includes('--dotenv') && existsSync(join(root, '.env')) ? ['--env-file=.env', ...given] : given
const child = spawn(command, args, { cwd: root, env, stdio: 'inherit', shell: windows })
// Ctrl-C reaches the whole process group. A signal to this process alone is passed on, so that the child decides when
// to end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
// An npm that is killed with SIGKILL passes no signal on, so a change of the parent process ends the child too.
const parent = process.ppid
const watch = () => process.ppid !== parent && child.kill('SIGTERM')
if (process.env.npm_lifecycle_event) setInterval(watch, 250).unref()
child.on('error', (error) => {
  process.stderr.write(`recto: cannot run ${command}: ${error.message}\n`)
  process.exit(127)
})
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 15)))
