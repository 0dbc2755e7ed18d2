import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startChild, stopChild } from '@recto/local/processes'
import { until } from '@recto/local/until'
import type { OnStop } from '../support/start-in-steps.ts'

const run = promisify(execFile)
export const authorities = '/etc/ssl/certs/ca-certificates.crt'
/** How a process starts that ends with this one. */
export const dying = ['setpriv', '--pdeathsig', 'KILL']

/** A control group cannot be removed before those in it, and its files not at all. */
export const removeCgroup = (path: string): void => {
  for (const entry of readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) removeCgroup(join(path, entry.name))
  rmdirSync(path)
}

/** Waits until the processes of control groups have ended, and removes the groups. */
export const removeCgroups = async (paths: string[]): Promise<void> => {
  const removed = () => {
    try {
      paths.filter((path) => existsSync(path)).forEach(removeCgroup)
      return true
    } catch {
      return false
    }
  }
  await until(removed, { what: 'the end of the server', timeoutMs: 60_000 })
}

/** The first child of a process; 0 while there is none. */
export const childOf = (pid: number): number => {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0])
  } catch {
    return 0
  }
}

/** A Debian server. `run` carries out a command as root, in the folder where the one before ended. */
export type Server = {
  /** The addresses of the two ends of its network: this machine's and the server's. */
  outside: string
  address: string
  run(command: string): Promise<{ status: number; output: string }>
  stop(): Promise<void>
}

/** The options of nsenter for all namespaces of a process. */
const enterOf = (pid: number): string[] => ['--target', String(pid), '--all']

/** Carries out commands as root in the namespaces of a process, as a person at the server would. */
export const runIn = (pid: number): Server['run'] => {
  const enter = enterOf(pid)
  const variables = ['HOME=/root', 'TERM=dumb', `NODE_EXTRA_CA_CERTS=${authorities}`, 'LANG=C.UTF-8']
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  const shell = ['env', '--ignore-environment', ...variables, path, 'bash', '/run/command']
  return (command) => {
    // The trap tells the next command where this one ended.
    const script = `exec 2>&1 < /dev/null\ncd "$(cat /run/folder 2> /dev/null || echo /root)"
trap 'pwd > /run/folder' EXIT\n${command}\n`
    writeFileSync(join('/proc', String(pid), 'root/run/command'), script)
    const options = { maxBuffer: 64 * 1024 * 1024, timeout: 900_000, encoding: 'utf8' as const }
    return new Promise((resolve) => {
      execFile('nsenter', [...enter, ...shell], options, (error, output) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
        resolve({ status, output })
      })
    })
  }
}

/** The names and addresses of the link between this machine and a server. Several tests may run at a time. */
export const newLink = () => {
  const n = process.pid % 250
  return { link: `recto-vps${n}`, outside: `10.198.${n}.1`, address: `10.198.${n}.2` }
}

/**
 * Connects the network of a process, whose end of the link is `inside`: the link leads to this machine, and slirp4netns,
 * which it resolves with and which ends by `onStop`, to the registries of packages.
 */
export const connectServer = async (
  pid: number,
  { link, outside, address, inside }: ReturnType<typeof newLink> & { inside: string },
  logFile: string,
  onStop: OnStop,
): Promise<void> => {
  const enter = enterOf(pid)
  await run('ip', ['addr', 'add', `${outside}/30`, 'dev', link])
  await run('ip', ['link', 'set', link, 'up'])
  await run('nsenter', [...enter, 'ip', 'addr', 'add', `${address}/30`, 'dev', inside])
  await run('nsenter', [...enter, 'ip', 'link', 'set', inside, 'up'])
  const slirp = await startChild({
    name: 'slirp4netns',
    command: 'setpriv',
    args: [...dying.slice(1), 'slirp4netns', '--configure', '--disable-host-loopback', String(pid), 'tap0'],
    env: process.env,
    logFile,
  })
  onStop(() => stopChild(slirp, 'SIGKILL', 5_000))
  const connected = async () => {
    const { stdout } = await run('nsenter', [...enter, 'ip', '-brief', 'address', 'show', 'tap0']).catch(() => ({
      stdout: '',
    }))
    return stdout.includes('10.0.2.100')
  }
  await until(connected, { what: 'the network of the server', timeoutMs: 60_000 })
}
