import { type Address, isPublic, parseAddress } from './address.ts'
import { type AllowList, allowsAddress, hasRangeFor, isListed, type Target } from './allow-list.ts'

/** A URL of an endpoint that may be dialled. `authority`: for the Host header. `path`: with the query. */
export type Endpoint = Target & { authority: string; path: string }

const maxUrlLength = 2_048
const maxNameLength = 253
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const localNames = ['internal', 'local', 'localhost', 'home.arpa']

const isPlain = ({ protocol, port }: Target): boolean => protocol === 'https:' && port === 443

const nameProblem = (name: string): string | null => {
  const labels = name.split('.')
  if (labels.length < 2) return 'must have a host with a full domain name'
  const isValid = name.length <= maxNameLength && labels.every((part) => label.test(part))
  if (!isValid) return 'must have a host that is a domain name'
  if (localNames.some((local) => `.${name}`.endsWith(`.${local}`))) return 'must not have a host of a local network'
  return null
}

const targetOf = ({ protocol, hostname, port }: URL): Target | null => {
  if (protocol !== 'https:' && protocol !== 'http:') return null
  const usualPort = protocol === 'https:' ? 443 : 80
  return { protocol, host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || usualPort) }
}

/** Whether an address of the target's host may be dialled. A host that the list names may have any address. */
export const mayDial = (target: Target, address: Address, allow: AllowList): boolean =>
  isListed(allow, target) || (isPlain(target) && isPublic(address)) || allowsAddress(allow, target, address)

const targetProblem = (target: Target, allow: AllowList): string | null => {
  if (isListed(allow, target)) return null
  const address = parseAddress(target.host)
  if (address !== null && mayDial(target, address, allow)) return null
  if (address !== null && !isPublic(address)) return 'must not lead to an address that is not public'
  if (!isPlain(target) && (address !== null || !hasRangeFor(allow, target))) {
    return target.protocol === 'https:' ? 'must use port 443' : 'must begin with https://'
  }
  return address === null ? nameProblem(target.host) : null
}

/** Reads a URL as browsers do, so that each spelling of a host is judged as what it becomes. */
export const readEndpoint = (
  text: string,
  allow: AllowList,
): { endpoint: Endpoint; problem: null } | { endpoint: null; problem: string } => {
  const fail = (problem: string) => ({ endpoint: null, problem })
  if (text.length > maxUrlLength) return fail(`must have at most ${maxUrlLength} characters`)
  const url = URL.parse(text)
  if (url === null) return fail('must be a URL')
  const target = targetOf(url)
  if (target === null) return fail('must begin with https://')
  if (url.username !== '' || url.password !== '') return fail('must have no user name and no password')
  const problem = targetProblem(target, allow)
  return problem === null
    ? { endpoint: { ...target, authority: url.host, path: `${url.pathname}${url.search}` }, problem }
    : fail(problem)
}

/** What is wrong with a URL as an endpoint, before its host is looked up; null when nothing is. */
export const urlProblem = (text: string, allow: AllowList): string | null => readEndpoint(text, allow).problem
