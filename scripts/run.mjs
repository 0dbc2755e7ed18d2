#!/usr/bin/env node
// Runs one command of the project with the project's own Node and packages, installing both first where they are missing.
// Plain JavaScript for any Node >= 18: it is what makes `npm start` work on a bare machine. All it prints goes to stderr.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const wanted = manifest.config.node
const tools = join(root, '.tools')
const windows = process.platform === 'win32'

/** Runs a set-up step and stops the whole command with its output when it fails. */
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

/** The process that holds the set-up lock; 0 when it is gone, so that an interrupted set-up blocks nobody. */
const holderOf = (lock) => {
  try {
    const pid = Number(readFileSync(lock, 'utf8'))
    // Empty for the moment between its making and its writing.
    if (!(pid > 0)) return -1
    process.kill(pid, 0)
    return pid
  } catch (error) {
    return error.code === 'EPERM' ? -1 : 0
  }
}

/** Holds a lock while set-up runs, so that two commands started at once do not install into each other. */
const locked = (work) => {
  const lock = join(tools, 'lock')
  mkdirSync(tools, { recursive: true })
  for (let told = false; ; told = true) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      const holder = holderOf(lock)
      if (holder === 0) rmSync(lock, { recursive: true, force: true })
      else if (!told) process.stderr.write('recto: waiting for a set-up that runs already\n')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
    }
  }
  try {
    work()
  } finally {
    rmSync(lock, { force: true })
  }
}

// The project's own Node, first in the PATH of its own commands, is not the machine's: taken for that, it would remove itself.
const machineNode =
  !process.execPath.startsWith(tools) && Number(process.versions.node.split('.')[0]) >= Number(wanted.split('.')[0])
const nodePackage = `node-${windows ? 'win' : process.platform}-${process.arch}`
const nodeBin = machineNode ? dirname(process.execPath) : join(tools, 'node_modules', nodePackage, 'bin')
const toolPackages = [`pnpm@${manifest.config.pnpm}`, ...(machineNode ? [] : [`${nodePackage}@${wanted}`])]
const path = [nodeBin, join(root, 'node_modules', '.bin'), join(tools, 'node_modules', '.bin'), process.env.PATH]
// Compiled code is kept from run to run: each of the processes starts in about half the time.
const cache = { NODE_COMPILE_CACHE: join(tools, 'compile-cache') }
const env = { ...cache, ...process.env, PATH: path.join(delimiter) }

const lockfile = existsSync(join(root, 'pnpm-lock.yaml')) ? readFileSync(join(root, 'pnpm-lock.yaml')) : ''
const stampOf = (...parts) => createHash('sha256').update(parts.join('\n')).digest('hex')
const upToDate = (file, stamp) => existsSync(file) && readFileSync(file, 'utf8') === stamp
const toolStamp = stampOf(...toolPackages)
const packageStamp = stampOf(toolStamp, lockfile)
const toolFile = join(tools, 'stamp')
const packageFile = join(root, 'node_modules', '.recto-stamp')

if (!upToDate(toolFile, toolStamp) || !upToDate(packageFile, packageStamp)) {
  locked(() => {
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

// Not Node's own option in package.json: a Node 20 reads that even behind the script's name, and says that there is no file.
const dotenv = process.argv[2] === '--dotenv'
const [command, ...given] = process.argv.slice(dotenv ? 3 : 2)
const args = dotenv && existsSync(join(root, '.env')) ? ['--env-file=.env', ...given] : given
const child = spawn(command, args, { cwd: root, env, stdio: 'inherit', shell: windows })
// Ctrl-C reaches the whole process group by itself; a signal sent to this process alone is passed on. Either way the child decides when it is over.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
// Killed with no chance to pass a signal on, npm or its shell only disappears: this process then has another parent.
const parent = process.ppid
const watch = () => process.ppid !== parent && child.kill('SIGTERM')
if (process.env.npm_lifecycle_event) setInterval(watch, 250).unref()
child.on('error', (error) => {
  process.stderr.write(`recto: cannot run ${command}: ${error.message}\n`)
  process.exit(127)
})
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 15)))
