/** What the pictures show: a text, and the cards that the model writes about it. */
export const text = `Why the sea has tides

Twice a day the sea rises and falls along most coasts. The main cause is the gravity of the Moon, which pulls more strongly on the side of the Earth that faces it than on the far side. The difference stretches the oceans into two bulges, one towards the Moon and one away from it, and the Earth turns beneath them.

A lunar day, the time in which the Earth comes back to the same place under the Moon, lasts 24 hours and 50 minutes. That is why high water comes about 50 minutes later each day. Most coasts have two high waters in this time, about 12 hours and 25 minutes apart.

The Sun raises tides as well. It is much heavier than the Moon but about 390 times as far away, so its effect is a little less than half of the Moon's. At new moon and full moon, Sun and Moon pull along one line, and the range between high and low water is greatest: these are the spring tides. At the quarters of the Moon they pull at right angles, and the range is smallest: these are the neap tides.

The shape of a coast decides how high the water comes. In the open ocean the range is below one metre. In the Bay of Fundy in Canada, whose length makes the water swing in time with the tides, it reaches 16 metres. The Mediterranean is nearly closed, so there the sea hardly moves.`

export const cards = [
  {
    front: 'What is the main cause of the tides?',
    back: 'The gravity of the Moon',
    source_quote: 'The main cause is the gravity of the Moon',
  },
  {
    front: 'How long does a lunar day last?',
    back: '24 hours and 50 minutes',
    source_quote:
      'A lunar day, the time in which the Earth comes back to the same place under the Moon, lasts 24 hours and 50 minutes.',
  },
  {
    front: 'By how much does high water move from one day to the next?',
    back: 'About 50 minutes',
    source_quote: 'high water comes about 50 minutes later each day',
  },
  {
    front: 'How strong is the effect of the Sun on the tides beside that of the Moon?',
    back: 'A little less than half',
    source_quote: "its effect is a little less than half of the Moon's",
  },
  {
    front: 'When are spring tides?',
    back: 'At new moon and full moon',
    source_quote: 'At new moon and full moon, Sun and Moon pull along one line',
  },
  {
    front: 'When are neap tides?',
    back: 'At the quarters of the Moon',
    source_quote:
      'At the quarters of the Moon they pull at right angles, and the range is smallest: these are the neap tides.',
  },
  {
    front: 'How large is the tidal range in the Bay of Fundy?',
    back: '16 metres',
    source_quote:
      'In the Bay of Fundy in Canada, whose length makes the water swing in time with the tides, it reaches 16 metres.',
  },
  {
    front: 'Does the sea of the Mediterranean move much with the tides?',
    back: 'No, because it is nearly closed',
    source_quote: 'The Mediterranean is nearly closed, so there the sea hardly moves.',
  },
]
