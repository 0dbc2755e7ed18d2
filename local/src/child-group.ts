import { END_MS } from './deadlines.ts'
import { type Child, stopChild } from './processes.ts'

export type ChildGroup = {
  /** Adds a running process. The group drops it as soon as it ends. */
  add: (child: Child) => Child
  /** The processes that run now. */
  list: () => Child[]
  /** Ends a process by a signal and waits until it is gone. Such an end is not reported. */
  end: (child: Child, signal: NodeJS.Signals) => Promise<void>
  /** Sets the listener for processes that end by themselves. It replaces an earlier listener. */
  onUnexpectedExit: (listener: (child: Child) => void) => void
}

/** Keeps the processes of one system together and reports those that end unexpectedly. */
export const createChildGroup = (): ChildGroup => {
  const children: Child[] = []
  const asked = new Set<Child>()
  let report: (child: Child) => void = () => undefined
  return {
    add: (child) => {
      children.push(child)
      child.exited.then(() => {
        children.splice(children.indexOf(child), 1)
        if (!asked.has(child)) report(child)
      })
      return child
    },
    list: () => [...children],
    end: (child, signal) => {
      asked.add(child)
      return stopChild(child, signal, END_MS)
    },
    onUnexpectedExit: (listener) => {
      report = listener
    },
  }
}
