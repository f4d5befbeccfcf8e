"""The flower shop's support agent, whole: what module 08 builds up, and `course chat` runs.

Each file is one part, and reads in one look:

- `state`, `shop`: what a thread remembers, and what the desk needs from a shop.
- `memory`, `context`, `shorten`, `model`: the customer's facts, and what the model is sent.
- `tools`: what the model may do.
- `loop`, `policy`, `refunds`, `log`, `people`, `graph`: the graph, from the tool loop to the whole.
- `sessions`, `turn`, `files`: the door, which knows who is calling, and survives being killed.
- `secrets`: takes card numbers, keys and tokens out of what people type, before it's saved.
- `forget`: what happens when a customer wants to be forgotten.
- `audit`, `evidence`, `invariants`, `observe`, `alerts`: looking at it from outside.
- `scripted`: a stand-in for a model, that needs no key.
"""
