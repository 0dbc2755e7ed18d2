import { useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { type Item, isOpen, isPlain, statusOf, type Words } from './entry.ts'
import type { Command } from './keys.ts'
import { activate, decide, move, type ReviewState, undo, undoOne } from './review-state.ts'
import type { ReviewStore } from './store.ts'
import { useFocus } from './use-focus.ts'

/** What is open for an item: its reasons, or its form. */
type Opened = { what: 'reasons' | 'form'; id: string }

/** What happened last, as far as it is told. */
export type Notice = { what: 'decided' | 'undone' | 'nothing' } | { what: 'plain'; count: number }

/** What a row can ask for. They stay the same, so that a row is drawn anew only when it changes. */
export type DeskActions = {
  activate(id: string): void
  takeBack(id: string): void
  save(id: string, words: Words): void
  leave(): void
}

const activeOf = <One extends Item>({ active, entries }: ReviewState<One>) =>
  active === null ? undefined : entries[active]

/** The review on the page: its state, and what keys and buttons do. */
export const useDesk = <One extends Item>(store: ReviewStore<One>) => {
  const state = useSyncExternalStore(store.subscribe, store.state)
  const [opened, setOpened] = useState<Opened | null>(null)
  const [hasHelp, setHasHelp] = useState(false)
  const [notice, setNotice] = useState<Notice | null>(null)
  const open = opened !== null && opened.id === state.active ? opened.what : null
  const { remember } = useFocus(state.active, open)

  const change = (step: (state: ReviewState<One>) => ReviewState<One>, what: Notice | null): void => {
    store.apply(step)
    setOpened(null)
    setNotice(what)
  }
  const show = (what: Opened['what']): void => {
    const entry = activeOf(store.state())
    if (!entry || !isOpen(entry)) return
    remember()
    setOpened({ what, id: entry.item.id })
  }
  const takeBack = (): void => {
    const before = store.state()
    change(undo, null)
    setNotice({ what: before.queue.length === store.state().queue.length ? 'nothing' : 'undone' })
  }

  const run = (command: Command) => {
    const id = store.state().active ?? ''
    switch (command.do) {
      case 'accept':
        return change((now) => decide(now, [{ id, action: 'accept' }]), { what: 'decided' })
      case 'reason':
        return change((now) => decide(now, [{ id, action: 'reject', reason: command.reason }]), { what: 'decided' })
      case 'reject':
        return show('reasons')
      case 'edit':
        return show('form')
      case 'undo':
        return takeBack()
      case 'move':
        return change((now) => move(now, command.by), null)
      case 'help':
        return setHasHelp(true)
      case 'back':
        return setOpened(null)
    }
  }

  const acceptPlain = (): void => {
    const { order, entries } = store.state()
    const ids = order.filter((id) => entries[id] !== undefined && isPlain(entries[id]))
    const step = (now: ReviewState<One>) =>
      decide(
        now,
        ids.map((id) => ({ id, action: 'accept' })),
      )
    change(step, { what: 'plain', count: ids.length })
  }

  /** The next item whose decision could not be stored. */
  const showFailed = (): void => {
    const { order, entries, active } = store.state()
    const at = order.indexOf(active ?? '')
    const failed = [...order.slice(at + 1), ...order.slice(0, at + 1)].find((id) => entries[id]?.error !== null)
    change((now) => activate(now, failed ?? now.active), null)
  }

  const latest = useRef(change)
  latest.current = change
  const actions = useMemo(
    (): DeskActions => ({
      activate: (id) => latest.current((now) => activate(now, id), null),
      takeBack: (id) => latest.current((now) => undoOne(now, id), { what: 'undone' }),
      save: (id, words) =>
        latest.current((now) => decide(now, [{ id, action: 'accept', ...words }]), { what: 'decided' }),
      leave: () => setOpened(null),
    }),
    [],
  )

  const active = activeOf(state)
  return {
    state,
    active,
    open,
    hasHelp,
    notice,
    isOpen: active !== undefined && isOpen(active),
    canUndo: state.history.length > 0 || (active !== undefined && statusOf(active) !== 'proposed'),
    actions,
    run,
    acceptPlain,
    showFailed,
    closeHelp: () => setHasHelp(false),
  }
}

export type Desk<One extends Item> = ReturnType<typeof useDesk<One>>
