import { execFile } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { projectRoot } from '@recto/local/home'
import { logTail, startChild, stopChild } from '@recto/local/processes'
import { until } from '@recto/local/until'
import { startInSteps } from '../support/start-in-steps.ts'
import {
  childOf,
  connectServer,
  dying,
  newLink,
  removeCgroup,
  removeCgroups,
  runIn,
  type Server,
} from './namespaces.ts'

const run = promisify(execFile)
const cache = join(projectRoot, '.recto', 'cache')
const prefix = 'docker-'
const cgroups = globSync('/sys/fs/cgroup/*/cgroup.procs').map((path) => join(path, '..'))
const engine = ['docker.io', 'docker-cli', 'docker-buildx', 'docker-compose', 'docker-registry', 'iptables']
const tools = ['ca-certificates', 'curl', 'dnsmasq-base', 'git', 'iproute2', 'openssl', 'procps']
const services = ['busybox', 'ca-certificates', 'caddy', 'curl', 'libcap2-bin', 'openssl', 'postgresql-17']

/** The files of a new Debian 13 with some packages: made once, as it takes a minute. Debian 12 has no such Compose. */
export const openDebian13 = async (name: 'engine' | 'services'): Promise<string> => {
  const template = join(cache, `debian-13-${name}`)
  if (existsSync(join(template, 'complete'))) return template
  rmSync(template, { recursive: true, force: true })
  mkdirSync(cache, { recursive: true })
  const packages = name === 'engine' ? [...engine, ...tools] : services
  const options = { maxBuffer: 64 * 1024 * 1024 }
  await run('debootstrap', ['--variant=minbase', `--include=${packages.join(',')}`, 'trixie', template], options)
  await run('chroot', [template, 'apt-get', 'clean'])
  writeFileSync(join(template, 'complete'), '')
  return template
}

const groupOf = (pid: number | string): string => `recto-${prefix}${pid}`

/** Removes what is left of the servers of processes that were killed, whose processes ended with them. */
const removeLeftovers = (): void => {
  const gone = (pid: string | undefined) => !existsSync(`/proc/${pid}`)
  for (const name of readdirSync(cache).filter((entry) => entry.startsWith(prefix)))
    if (gone(name.split('-')[1])) rmSync(join(cache, name), { recursive: true, force: true })
  for (const path of cgroups.flatMap((cgroup) => globSync(`${cgroup}/${groupOf('*')}`)))
    if (gone(path.split('-').at(-1))) removeCgroup(path)
}

/** The first process of the server: it makes `root` its root folder, and starts Docker once there is a network. */
const boot = (root: string): string => `set -eu
mount --bind ${root} ${root}
cd ${root}
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /sys/fs/cgroup sys/fs/cgroup
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
hostname server
ip link set lo up
mkdir -p old
pivot_root . old
umount -l /old
exec < /dev/null
until ip addr show tap0 2> /dev/null | grep -q 10.0.2.100; do sleep 0.1; done
dnsmasq --conf-file=/etc/dnsmasq.d/recto.conf
docker-registry serve /etc/docker/registry/config.yml > /var/log/docker-registry.log 2>&1 &
while :; do dockerd --cgroup-parent /${groupOf(process.pid)} >> /var/log/dockerd.log 2>&1 || true; done
`

/** The server's name server: it knows the names in place of the internet, for containers as well. */
const configure = (root: string, address: string, hosts: Record<string, string>): void => {
  writeFileSync(join(root, 'etc/resolv.conf'), `nameserver ${address}\n`)
  const lines = Object.entries(hosts).map(([name, to]) => `address=/${name}/${to}\n`)
  const dns = `listen-address=${address}\nbind-interfaces\nno-resolv\nserver=10.0.2.3\nuser=root\n${lines.join('')}`
  mkdirSync(join(root, 'etc/dnsmasq.d'), { recursive: true })
  writeFileSync(join(root, 'etc/dnsmasq.d/recto.conf'), dns)
  writeFileSync(join(root, 'etc/hosts'), '127.0.0.1 localhost server\n')
  // Docker takes a registry at localhost without TLS.
  const registry =
    'version: 0.1\nstorage: { filesystem: { rootdirectory: /var/lib/registry } }\nhttp: { addr: ":5000" }\n'
  writeFileSync(join(root, 'etc/docker/registry/config.yml'), registry)
}

/** A server, and the folder of this machine with its files. */
export type DockerServer = Server & { root: string }

/**
 * Starts a server with Debian 13, Docker Engine, Compose and a registry of images at localhost:5000, in namespaces of its
 * own, without systemd. `domain` leads to the server, and `names` to this end of its link. All of it ends with this
 * process, however that ends.
 */
export const startDockerServer = (
  names: string[],
  domain: string,
  mounts: Record<string, string>,
): Promise<DockerServer> =>
  startInSteps(async (onStop) => {
    const template = await openDebian13('engine')
    removeLeftovers()
    const folder = mkdtempSync(join(cache, `${prefix}${process.pid}-`))
    // Gigabytes in many files.
    onStop(() => run('rm', ['-rf', folder]))
    const root = join(folder, 'root')
    await run('cp', ['-a', template, root])
    const { link, outside, address } = newLink()
    configure(root, address, { [domain]: address, ...Object.fromEntries(names.map((name) => [name, outside])) })
    for (const [path, from] of Object.entries(mounts)) await run('cp', ['-a', from, join(root, path)])

    const namespaces = ['--mount', '--net', '--pid', '--uts', '--ipc', '--propagation', 'private']
    const machine = await startChild({
      name: 'docker',
      command: 'setpriv',
      args: [...dying.slice(1), 'unshare', ...namespaces, '--fork', '--kill-child=KILL', 'bash', '-c', boot(root)],
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
      logFile: join(folder, 'log'),
    })
    onStop(() => removeCgroups(cgroups.map((cgroup) => join(cgroup, groupOf(process.pid)))))
    onStop(() => stopChild(machine, 'SIGKILL', 5_000))
    let first = 0
    const booted = () => {
      if (!machine.alive()) throw new Error(logTail(machine.logFile))
      first = childOf(machine.pid)
      return first > 0 && existsSync(join('/proc', String(first), 'root/etc/dnsmasq.d/recto.conf'))
    }
    await until(booted, { what: 'the start of the server', timeoutMs: 60_000 })
    await run('ip', ['link', 'add', link, 'type', 'veth', 'peer', 'name', 'outside', 'netns', String(first)])
    const network = { link, outside, address, inside: 'outside' }
    await connectServer(first, network, join(folder, 'slirp4netns.log'), onStop)
    const server = { root, outside, address, run: runIn(first) }
    const running = async () => (await server.run('docker info')).status === 0
    await until(running, { what: 'the start of Docker', timeoutMs: 60_000 })
    return server
  })
