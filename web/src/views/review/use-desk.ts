import { useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { usePerson } from '../../session/person.tsx'
import { keepDraft } from './drafts.ts'
import { isOpen, isPlain, statusOf } from './entry.ts'
import type { Command } from './keys.ts'
import { activate, decide, move, type ReviewState, undo, undoOne, write } from './review-state.ts'
import type { RowActions } from './row.tsx'
import type { ReviewStore } from './store.ts'
import { useFocus } from './use-focus.ts'

/** What is open for a suggestion: its reasons, or its form. */
type Opened = { what: 'reasons' | 'form'; id: string }

/** What happened last, as far as it is told. */
type Notice = { what: 'decided' | 'undone' | 'nothing' } | { what: 'plain'; count: number }

const activeOf = ({ active, entries }: ReviewState) => (active === null ? undefined : entries[active])

/** The review on the page: its state, and what keys and buttons do. */
export const useDesk = (store: ReviewStore) => {
  const { id: personId } = usePerson()
  const state = useSyncExternalStore(store.subscribe, store.state)
  const [opened, setOpened] = useState<Opened | null>(null)
  const [hasHelp, setHasHelp] = useState(false)
  const [notice, setNotice] = useState<Notice | null>(null)
  const open = opened !== null && opened.id === state.active ? opened.what : null
  const { remember } = useFocus(state.active, open)

  const change = (step: (state: ReviewState) => ReviewState, what: Notice | null): void => {
    store.apply(step)
    setOpened(null)
    setNotice(what)
  }
  const show = (what: Opened['what']): void => {
    const entry = activeOf(store.state())
    if (!entry || !isOpen(entry)) return
    remember()
    setOpened({ what, id: entry.suggestion.id })
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
    const step = (now: ReviewState) =>
      decide(
        now,
        ids.map((id) => ({ id, action: 'accept' })),
      )
    change(step, { what: 'plain', count: ids.length })
  }

  /** The next suggestion whose decision could not be stored. */
  const showFailed = (): void => {
    const { order, entries, active } = store.state()
    const at = order.indexOf(active ?? '')
    const failed = [...order.slice(at + 1), ...order.slice(0, at + 1)].find((id) => entries[id]?.error !== null)
    change((now) => activate(now, failed ?? now.active), null)
  }

  const latest = useRef(change)
  latest.current = change
  const actions = useMemo(
    (): RowActions => ({
      activate: (id) => latest.current((now) => activate(now, id), null),
      takeBack: (id) => latest.current((now) => undoOne(now, id), { what: 'undone' }),
      write: (id, words) => {
        keepDraft(personId, id, words)
        store.apply((now) => write(now, id, words))
      },
      save: (id, words) =>
        latest.current((now) => decide(now, [{ id, action: 'accept', ...words }]), { what: 'decided' }),
      leave: () => setOpened(null),
    }),
    [store, personId],
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

export type Desk = ReturnType<typeof useDesk>
