import { execFile } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * What stands for Docker: a container is a line with its id, service, version and state, and `faults` goes before. One of
 * `compose run` ends with `one-off`. As Compose does, `up` counts containers that are stopped and starts them. A moment
 * without an API that is healthy is a line of the file `outages`.
 */
const docker = (faults: string) => `
first=$(grep -c ' api .* healthy$' containers)
case "$*" in ${faults}
  "ps "*"=recto "*=False)
    case $2 in --all) state=one-off ;; *) state=exited ;; esac
    service=$(echo "$*" | sed 's/.*service=\\([a-z]*\\) .*/\\1/')
    sed -n "/ one-off$/d; / $state$/d; s/ $service .*//p" containers ;;
  *" ps --quiet "*) sed -n "/ exited$/d; / one-off$/d; s/ \${*##* } .*//p" containers ;;
  *" up "*)
    for service in api worker; do
      sed -i "/ $service /s/exited$/starting/" containers
      until [ "$(grep " $service " containers | grep -vc one-off)" -ge "$(echo "$*" | sed "s/.* $service=\\([0-9]*\\).*/\\1/")" ]; do
        id=$RECTO_VERSION-$service
        while grep -q "^$id " containers; do id=$id-again; done
        echo "$id $service $RECTO_VERSION starting" >> containers
      done
    done ;;
  inspect*) shift 3; for id in "$@"; do grep "^$id " containers || exit 1; done | sed 's/.* //' ;;
  stop*) grep -q "^$2 " containers && sed -i "/^$2 /s/[a-z]*$/exited/" containers ;;
  start*) grep -q "^$2 " containers && sed -i "/^$2 /s/exited$/starting/" containers ;;
  "rm --force "*) sed -i "/^$3 /d" containers ;;
  rm*) grep -q "^$2 .* exited$" containers && sed -i "/^$2 /d" containers ;;
esac
status=$?
[ "$first" = 0 ] || grep -q ' api .* healthy$' containers || echo "$*" >> outages
exit $status`

/** The folder of a machine on which 1.0.0 runs, as roll-out.sh sees it. */
export const createMachine = () => {
  const folder = mkdtempSync(join(tmpdir(), 'recto-roll-out-'))
  const at = (name: string) => join(folder, name)
  const read = (name: string) => (existsSync(at(name)) ? readFileSync(at(name), 'utf8') : '')
  const lines = (name: string) => read(name).split('\n').filter(Boolean)

  /** Puts a program in the way of the real one, which writes down how it was called. */
  const program = (name: string, body: string) => {
    const note = `cd "${folder}"; echo "${name} \${RECTO_VERSION:-} $*" >> calls`
    writeFileSync(at(`bin/${name}`), `#!/bin/sh\n${note}\n${body}\n`)
    chmodSync(at(`bin/${name}`), 0o755)
  }
  const env = { PATH: `${at('bin')}:${process.env.PATH}` }

  const machine = {
    read,
    env: () => read('.env'),
    setEnv: (text: string) => writeFileSync(at('.env'), text),
    containers: () => lines('containers'),
    setContainers: (text: string) => writeFileSync(at('containers'), text),
    outages: () => lines('outages'),
    files: () => readdirSync(folder).toSorted(),
    /** What `docker` does in certain cases, as patterns of a shell's `case`. */
    setFaults: (faults: string) => program('docker', docker(faults)),
    /** While time passes, what has started becomes healthy, but not of the version `ill`. */
    setIll: (ill: string) =>
      program('sleep', `sed -i '/ ${ill} /s/starting$/unhealthy/; s/starting$/healthy/' containers`),
    setPublicAnswer: (exitCode: number) => program('curl', `exit ${exitCode}`),
    rollOut: (version: string) => run('sh', [at('roll-out.sh'), version], { env }),
    /**
     * The same by a shell that kills itself before the command with this number, of those that change something. Resolves
     * to how many it came to.
     */
    rollOutUntil: async (command: number, version: string) => {
      writeFileSync(at('commands'), '')
      const isCounted = `$BASHPID = $$ && $BASH_COMMAND =~ ^(RECTO_VERSION=|docker|curl|sed -i|mv|rm|printf|echo)`
      const isLast = `$(<${at('commands')}) = "${'.'.repeat(command)}"`
      const trap = `if [[ ${isCounted} ]]; then printf . >> ${at('commands')}; if [[ ${isLast} ]]; then kill -9 $$; fi; fi`
      writeFileSync(at('bin/trap'), `set -T\ntrap '${trap}' DEBUG\n`)
      const killable = { ...env, BASH_ENV: at('bin/trap') }
      await run('bash', [at('roll-out.sh'), version], { env: killable }).catch(() => undefined)
      return read('commands').length
    },
    /** The calls that change something, by their verb and the containers that they name. */
    calls: () =>
      lines('calls').flatMap((line) => {
        const verb = /\b(build|run|pull|up|stop|start|rm|readyz)\b/.exec(line.replace('--rm', ''))?.[1]
        return verb ? [[verb, ...(line.match(/[\d.]+-(api|worker)\S*/g) ?? [])].join(' ')] : []
      }),
    remove: () => rmSync(folder, { recursive: true }),
  }
  mkdirSync(at('bin'))
  copyFileSync(join(import.meta.dirname, 'roll-out.sh'), at('roll-out.sh'))
  machine.setEnv('RECTO_DOMAIN=recto.example\nRECTO_VERSION=1.0.0\nRECTO_IMAGES=registry.example/\nWORKER_SLOTS=5\n')
  machine.setContainers('1.0.0-api api 1.0.0 healthy\n1.0.0-worker worker 1.0.0 healthy\n')
  machine.setPublicAnswer(0)
  machine.setFaults('')
  machine.setIll('none')
  return machine
}
