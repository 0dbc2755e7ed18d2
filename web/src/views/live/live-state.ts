import type { Generation, GenerationEvent, ProvisionalSuggestion, StoredSuggestion } from '@recto/client'

export type LiveCard = ProvisionalSuggestion | StoredSuggestion

/** A card that was shown and is void: why, as a word of the API. */
export type WithdrawnCard = { key: string; front: string; reason: string }

export type LiveState = {
  /** Null until the first event. */
  generation: Generation | null
  /** Stored cards in their order, and then those that the model has written since. */
  cards: LiveCard[]
  withdrawn: WithdrawnCard[]
  /** Characters of the model's answer so far. */
  characters: number
  /** The text of a kind whose result is one text, as far as it is known. */
  text: string
  isOver: boolean
}

export const atFirst: LiveState = { generation: null, cards: [], withdrawn: [], characters: 0, text: '', isOver: false }

const inOrder = (cards: LiveCard[]): LiveCard[] => {
  const stored = cards.filter((card) => !card.provisional).toSorted((a, b) => a.position - b.position)
  return [...stored, ...cards.filter((card) => card.provisional)]
}

const withdraw = (state: LiveState, isVoid: (card: LiveCard) => boolean, reason: string): LiveState => {
  const gone = state.cards.filter((card) => card.provisional && isVoid(card))
  if (gone.length === 0) return state
  const withdrawn = gone.map(({ key, front }) => ({ key, front, reason }))
  return {
    ...state,
    cards: state.cards.filter((card) => !gone.includes(card)),
    withdrawn: [...state.withdrawn, ...withdrawn],
  }
}

const withCard = (state: LiveState, card: LiveCard): LiveState => {
  const before = state.cards.find(({ key }) => key === card.key)
  // What is stored stays stored.
  if (card.provisional && before && !before.provisional) return state
  const cards = before ? state.cards.map((one) => (one === before ? card : one)) : [...state.cards, card]
  // A card that another attempt wrote again was not withdrawn after all.
  const withdrawn = state.withdrawn.filter(({ key }) => key !== card.key)
  return { ...state, cards: inOrder(cards), withdrawn }
}

/** What the page shows after an event. */
export const afterEvent = (state: LiveState, event: GenerationEvent): LiveState => {
  switch (event.type) {
    case 'status':
      return { ...state, generation: event.data }
    case 'suggestion':
      return withCard(state, event.data)
    case 'progress':
      return { ...state, characters: event.data.characters }
    case 'delta':
      return { ...state, text: event.data.offset === 0 ? event.data.text : state.text + event.data.text }
    case 'reset':
      return { ...withdraw(state, () => true, 'reset'), characters: 0, text: '' }
    case 'withdrawn':
      return withdraw(state, ({ key }) => key === event.data.key, event.data.reason)
    case 'done':
      return { ...withdraw(state, () => true, 'not_kept'), generation: event.data, isOver: true }
  }
}
