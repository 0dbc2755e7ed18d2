import type { Reason } from './entry.ts'

/** Why a card is rejected, in the order of the keys 1 to 6. */
export const cardReasons: readonly Reason[] = ['wrong', 'not_in_source', 'duplicate', 'too_easy', 'unclear', 'other']

/** What a key asks for. Without a choice, a rejection has the reason `other`. */
export type Command =
  | { do: 'accept' | 'reject' | 'edit' | 'undo' | 'help' | 'back' }
  | { do: 'move'; by: 1 | -1 }
  | { do: 'reason'; reason: Reason }

type Pressed = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'repeat'>

const commands = new Map<string, Command>([
  ['a', { do: 'accept' }],
  ['r', { do: 'reject' }],
  ['e', { do: 'edit' }],
  ['u', { do: 'undo' }],
  ['j', { do: 'move', by: 1 }],
  ['k', { do: 'move', by: -1 }],
  ['?', { do: 'help' }],
  ['ArrowDown', { do: 'move', by: 1 }],
  ['ArrowRight', { do: 'move', by: 1 }],
  ['ArrowUp', { do: 'move', by: -1 }],
  ['ArrowLeft', { do: 'move', by: -1 }],
])

/** The letter or digit of a key. Where the keyboard writes another script, it is that of the key's place. */
const nameOf = ({ key, code }: Pressed): string =>
  /^[!-~]$/.test(key) ? key.toLowerCase() : key.length === 1 ? code.replace(/^Key/, '').toLowerCase() : key

/**
 * What a key asks for; null for a key that is not one of the review. A key that is held down moves, and decides nothing.
 * `reasons`: those of a rejection, while they are shown to choose from.
 */
export const commandOf = (pressed: Pressed, reasons: readonly Reason[] | null): Command | null => {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return null
  const name = nameOf(pressed)
  if (reasons !== null) {
    // The digits of some keyboards are written with Shift.
    const digit = /^(?:Digit|Numpad)([1-6])$/.exec(pressed.code)?.[1] ?? name
    const reason = name === 'Enter' ? 'other' : reasons[Number(digit) - 1]
    if (reason !== undefined) return pressed.repeat ? null : { do: 'reason', reason }
    return name === 'Escape' ? { do: 'back' } : null
  }
  const command = commands.get(name) ?? null
  return pressed.repeat && command?.do !== 'move' ? null : command
}
