"""The counter and the wall: the box a clerk presses, and the TV that calls people.

The law of the room:
1. Nothing here decides: a press is a wish that the hub grants or refuses; a screen shows only what the hub has said.
2. A late call is a mistake: a press that can not be carried out now is refused at once, never kept for later.
3. Whoever has lost the hub says so; nothing old is shown as if it were new, and nothing old is sounded.
4. ``box`` and ``wall`` are pure: the time, the state and the ids are handed in. Pins, glass and loudspeakers are edges.
"""
