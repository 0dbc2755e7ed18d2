import { expect, test } from 'vitest'
import { isRefusal } from './refusal.ts'

test.each([
  "I'm sorry, but I can't assist with that request.",
  'I’m sorry, I can’t help with that.',
  'Sorry, I cannot write this.',
  'I cannot fulfill this request.',
  'Unfortunately, I am unable to provide that text.',
  'As an AI language model, I do not write such texts.',
  'Es tut mir leid, aber ich kann dabei nicht helfen.',
  'Je suis désolé, mais je ne peux pas répondre à cette demande.',
  'Lo siento, pero no puedo ayudar con eso.',
  'Mi dispiace, ma non posso farlo.',
  'Przykro mi, ale nie mogę tego zrobić.',
])('a refusal is: %s', (text) => {
  expect(isRefusal(text, ['A text about rivers.'])).toBe(true)
})

test.each([
  'I cannot praise this lamp enough.',
  'Sorry seems to be the hardest word, says the song.',
  'I can help with that.',
  'The company said: "I am sorry, I cannot comment."',
  'Nie mogę się doczekać spotkania.',
  `I'm sorry, but I can't come on Friday. ${'There is much to tell. '.repeat(30)}`,
])('no refusal is: %s', (text) => {
  expect(isRefusal(text, ['A text about rivers.'])).toBe(false)
})

test('a short text is no refusal when its input begins like one', () => {
  expect(isRefusal("I'm sorry, but I can't come.", ["I'm sorry but I cant come. I'm sorry, I can't."])).toBe(true)
  expect(isRefusal("I'm sorry, but I can't come.", ["I'm sorry, but I can't come!!"])).toBe(false)
})
