import type { Draft } from './card.ts'

/** The worked example in the prompt. It passes the gate without a flag: a test holds it there. */
export const example: { text: string; cards: Draft[] } = {
  text: 'Honeybees tell each other where food is by dancing. In the waggle dance, the angle of the run shows the direction of the food in relation to the sun, and its length shows the distance. Karl von Frisch explained the dance and shared a Nobel Prize in 1973.',
  cards: [
    {
      front: 'What does the angle of the run show in a honeybee’s waggle dance?',
      back: 'Where the food lies in relation to the sun',
      source_quote: 'the angle of the run shows the direction of the food in relation to the sun',
    },
    {
      front: 'In which year did Karl von Frisch share a Nobel Prize?',
      back: '1973',
      source_quote: 'Karl von Frisch explained the dance and shared a Nobel Prize in 1973.',
    },
  ],
}
